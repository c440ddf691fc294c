"""mmap: files in memory."""

import mmap
import tempfile

f = tempfile.TemporaryFile()
f.write(b"0123456789" * 10)
f.flush()
m=mmap.mmap(f.fileno(),0)
assert len(m)==100 and m[0]==48 and m[2:5]==b'234' and m[::30]==b'0000'
m[0:2]=b'xy'; assert m.read(3)==b'xy2' and m.tell()==3 and m.find(b'5')==5 and m.rfind(b'5')==95
m.resize(200); assert len(m)==200
v=memoryview(m)
try: m.close()
except BufferError: pass
v.release(); m.flush(); m.close()
try: m.read()
except ValueError as e: assert str(e)=='mmap closed or invalid'
assert mmap.mmap(-1,10)[:]==bytes(10)
print('ok')
