"""Writes tests/cases.txt: patterns, their code lists, and what CPython makes of them.

Run with CPython 3.14: `python3.14 generate.py > cases.txt`, or `python3.14 generate.py random SEED COUNT` for random
patterns on short texts, `long SEED COUNT` for simpler ones on long texts. Format, one record a line:

    P groups flags kind word...      a pattern (kind: s for str, b for bytes); its repr follows in a comment
    T text = result ; ...            a text as hexadecimal code points joined by commas (- for none), and the results
                                     of match, match(1, -1), fullmatch, search, search(1, -1), finditer and
                                     finditer(1, -1), without the (1, -1) for texts shorter than three

A result is `-` for none, or for each match `lastindex:span/span/...` where a span is `a,b`, or `-` for none.
"""
import random, re, sys
from re import _compiler, _parser

PATTERNS = r'''
abc|a|ab*c|ab*bc|ab+bc|ab?bc|ab{1,3}bc|ab{4,5}bc|^abc$|^abc|abc$|^|$|a.c|a.*c
a[bc]d|a[b-d]e|a[-b]|a[\]]b|a[^bc]d|a[^-b]c|\ba\b|\Ba\B|\w|\W|a\sb|a\Sb|\d|\D|[\w]|[\D]
(ab|cd)e|()ef|$b|(a)b(c)|(a+|b)*|(a+|b){0,}|(a+|b)+|(a+|b){1,}|(a+|b)?|(a+|b){0,1}|[^ab]*
([abc])*d|([abc])*bcd|a|b|c|d|e|(a|b|c|d|e)f|abcd*efg|ab*|(ab|cd)e|[abhgefdc]ij|^(ab|cd)e|(abc|)ef|(a|b)c*d|(ab|ab*)bc
a([bc]*)c*|a([bc]*)(c*d)|a([bc]+)(c*d)|a([bc]*)(c+d)|a[bcd]*dcdcde|a[bcd]+dcdcde|(ab|a)b?c|((a)(b)c)(d)
[a-zA-Z_][a-zA-Z0-9_]*|^a(bc+|b[eh])g|.h$|(bc+d$|ef*g.|h?i(j|k))|(((((((((a)))))))))|(((((((((a)))))))))\9|multiple words
(.*)c(.*)|a(bc)d|a[-]?c|(a)|b\1|([a-c]*)\1|(([a-c])b*?\2)*|(([a-c])b*?\2){3}|((\3|b)\2(a)){2,}|(a)|\1
(?i)abc|(?i)a[b-d]|(?i)[^ab]*x|(?i)(a)\1|(?i)([ab])c\1|(?i)straSSe|(?ia)abc|(?i:a)b|(?i)[k]+|(?ia)[k-z]+|(?i)[\u0430-\u044f]+
a(?!b).|a(?=d).|a(?=c|d).|a(?:b|c|d)(.)|a(?:b|c|d)*(.)|a(?:b|c|d)+?(.)|a(?:b|(c|e){1,2}?|d)+?(.)|(?<!-):(.*?)-\w+:|(?<=abc)d|(?<!abc)d
^(?:a?b?)*$|((?s)^a(.))((?m)^b$)|(?m)^b$|(?m)^(b)|(?m)^$|(?m)$|(?s)a.b|(?s).*|(?ms)^.*$|a(?m:$)|\Aa|a\Z|(x?)?|(x??)?|(x*)*|(x*?)*
(?:(a)|b)(?(1)A|B)|(?:(a)|b)(?(1)|x)|(a)?(?(1)b|c)|(a)?(?(1)b)c|^(\()?a(?(1)\))$|(?P<q>['"])(.*?)(?P=q)|(?P<a>a)(?P<b>b)?(?(b)c|d)
(?>a+)b|(?>a*)a|(?>(ab|a))c|a++b|a*+a|a?+a|(?:ab)++c|(?:ab|a)++c|(?:ab|a){2}+c|(?:ab|a){1,3}+|(a|ab){2,3}+c|(?>a|ab)(?>c|cd)e|[ab]{2,4}+b
a*?b|a+?b|a??b|a{2,4}?b|(?:ab)*?c|(?:ab)+?c|(?:ab){2,}?c|(?:a|b){2,3}?|(a*?)(b*?)c|.*?c|.+?c|[^c]*?c|(?s).*?c|.*?$|(?:a*)*?b|(?:a*?)*b|(?:a??)*?b
(a(b)?)+|(a(b)?)+?|(aba)*?|(?:(a)|(b)|(c))*|(?:(a)|(b)|(c))*?d|((a)|b)*?c|(?:(a)(b)?|c)*|(?:a(?=(b)))*b|(?:(?=(a))a|b)*|(?:(?!(b))a|b)*
(?=(a+))a*b\1|(?=(a+))|(?=(a+))\1a|(?!(a)b).|(?<=(a))b|(?<=(ab))c|(?<!(ab))c|(?<=a|b)c|(?<=\b)a|(?<=^)a|(?<=[ab][bc])d|(?!.*d)ab|(?=.*d)ab
(?:a|ab)(?:c|bcd)(d*)|(a|ab)(c|bcd)(d*)|(?:(?:a|b)*c)*d|(a*)*|(a*)+|(a|)+|(|a)+|(|a)*|(a|b*)*|(?:a?){3}|(?:a?){2,3}b|(?:a?){3}?b|((a?)b?){2,}
[^a]|[^\n]|[^a\n]*|[^"\\]*"|"(?:[^"\\]|\\.)*"|'(?:\\.|[^'])*'|\s+|\s*,\s*|^\s+|\s+$|\w+\s*=\s*\w+|\w+\b|\b\w|\b|\B|\w+$|\d+(?:\.\d+)?|[+-]?\d+
Python|Perl|(Python|Perl)|(?:Python|Perl)|.*Python|.*Python.*|.*(Python)|.*P.*y.*t.*h.*o.*n.*|(.*)\1|(.*?)(\w+)$|.*(?=b)|.*?(b)|.*
agggtaaa|tttaccct|[cgt]gggtaaa|tttaccc[acg]|>.*\n|\n|a|b[cd]|xyz?|(?:abc|abd|xyz)\w|(?:foo|bar|baz|qux|quux|corge)\b|foo(?:bar|baz)*?x|abab|ab(ab)*c
[\u0430-\u044f]+|[^\u0430-\u044f]+|[\u0400-\u04ff\u1000-\u2fff]|[^\u0100-\U0010ffff]|[\U0001f600-\U0001f64f]|\u0436|[\u0436-\u0438a]\w|\u0436\u0438+|.\u0436|\u0436*?a|(?i)\u0416|(?i)[\u0416\u00e9]|(?i)\u00e9|(?i)\u017f|(?i)s|(?i)\u212a|(?i)k|(?i)[^k]|(?i)\u03c3|(?i)\ufb05
[\u0061\u0100\u0200\u0300\u0400\u0500\u0600\u0700\u0800\u0900\u0a00\u0b00\u4e00-\u4eff]|[a\u1234\u5678x-z\u9abc\uabcd\u1111\u2222\u3333\u4444\u5555]+|[^a\u1234\u5678x-z\u9abc\uabcd\u1111\u2222\u3333\u4444\u5555]+
[acegikmoqsuwy]+|[^acegikmoqsuwy]+|[acegikmoqsuwy\d]+|[acegikmoqsuwy\W]+|[^acegikmoqsuwy\s]+|[\s\S]+|[^\s\S]|[^\s\S]*a|[\w\d]|[\W\s]|[\x80-\xff]+|[\xe0-\xff]
x*|x+|y*?|z??|(?:)|(?!)|(?=)|a(?!)|(?!)?|(?:(?!)|a)b|a{0}b|(?:ab){0}c|a{0,0}|(a){0}b(?(1)c|d)|a{3}|(?:ab){2}|(?:ab){2,3}|(ab){2,}|(a|b|c){3}
(?:a|b)*?c|(?:ab?)*?c|(?:ab?)*c|(?:ab?)+b|(?:ab?)+?b|(?:a(?:b(?:c)?)?)?d|(?:a+b)*c|(?:a*b)*c|(?:a|aa)+$|(?:a+)+b|(?:[ab]+c)*|(?:[ab]+c?)*b|((?:ab|b)*)(b?)
(?a)\w+|(?a)\W+|(?a)\d+|(?a)\s+|(?a)\b\w|(?a)(?i)\u00e9|(?u)\w+|\w+(?=\d)|(\w+) (\w+)|(\w)(\w)?(\w)?|([\w.]+)@([\w.]+)|<([a-z]+)[^>]*>(.*?)</\1>|<(\w+)>.*</\1>
'''
BYTES = r'''
abc|a.c|\w+|(?i)abc|(?i)[k-z]+|(?L)\w+|(?L)\b\w|(?Li)abc|(?Li)[a-c]+|(?Li)[^a-c]+|(?Li)(a)\1|(?Li)[^a]b|(?L)\W|(?Li)a[^b]|agggtaaa|tttaccct|>.*\n|\n|[\x80-\xff]+|\xe9|(?i)\xe9
'''
TEXTS = [
    '', 'a', 'b', 'ab', 'abc', 'xabcy', 'ababc', 'abbbbc', 'abcd', 'aaab', 'aabb', 'aaa', 'abcdef', 'ace', 'ABC', 'aBc', 'aa', 'Aa', 'bab',
    'effgz', 'ij', 'effg', 'reffgz', 'ababababc', 'adcdcde', 'abcabc', 'abababd', 'cabac', 'a\nb', 'a\nb\nc\n', '\n', 'b\n', 'ab\n', '\n\nb',
    'a b', ' a , b ', 'foo = bar', 'foobarbaz', 'foobarx', 'quux corge', '-123.45', 'x1y22', "'a\\'b'", '"q\\"x" z', '(a)', '(a', 'xx', 'xay',
    '--Perl--', '--Python--', 'PPPython', 'Python Perl', '>one\nacgt\nagggtaaa\ntttaccct', 'cgggtaaatttaccca', 'user@example.com', '<b>x</b><i>y</b>',
    'h', 'ef\n', 'multiple words, yeah', ':a-b: c', '\xe9\xc9a', 'stra\xdfe STRASSE', '\u0436\u0438a', '\u0416\u0438\u0439 ab', 'k\u212aK', 's\u017fS',
    '\u4e2da\u6587', '\U0001f600a', 'a\U00010400b', '\u03c3\u03c2\u03a3', '\u1234\u5678xyz\uabcd\ufb05\ufb06', 'a1_\u0663 \xa0b', '\x1c\x85x', 'aXbYc', 'aaaaaaaaaaaab', 'abacabadabacaba',
]
BYTE_TEXTS = [t.encode('latin-1') for t in TEXTS if all(ord(c) < 256 for c in t)]
FLAGS = [0, re.I, re.M, re.S]


def spans(match):
    groups = range(match.re.groups + 1)
    return f'{match.lastindex or 0}:' + '/'.join('-' if match.start(g) < 0 else '%d,%d' % match.span(g) for g in groups)


def code(pattern, flags):
    parsed = _parser.parse(pattern, flags)
    return parsed.state.groups - 1, parsed.state.flags | flags, _compiler._code(parsed, flags)


def points(text):
    numbers = text if isinstance(text, bytes) else map(ord, text)
    return ','.join('%x' % n for n in numbers) or '-'


def emit(pattern, flags, texts, out):
    try:
        groups, all_flags, words = code(pattern, flags)
        compiled = re.compile(pattern, flags)
    except (re.error, ValueError, OverflowError):
        return
    print('P', groups, int(all_flags), 'b' if isinstance(pattern, bytes) else 's', *map(int, words), '#', ascii(pattern), file=out)
    for text in texts:
        results = []
        for mode in ('match', 'fullmatch', 'search', 'finditer'):
            for pos, endpos in ((0, len(text)), (1, len(text) - 1)):
                if pos == 1 and (mode == 'fullmatch' or len(text) < 3):
                    continue
                result = getattr(compiled, mode)(text, pos, endpos)
                if mode == 'finditer':
                    results.append(' '.join(map(spans, result)) or '-')
                else:
                    results.append(spans(result) if result else '-')
        print('T', points(text), '=', ' ; '.join(results), file=out)


def alternatives(source):
    """Splits the lists above at the bars outside parentheses, and keeps each whole line as a pattern as well."""
    for line in source.strip().split('\n'):
        parts, depth, start, at = [], 0, 0, 0
        while at < len(line):
            c = line[at]
            if c == '\\':
                at += 1
            elif c in '([' or c in ')]':
                depth += 1 if c in '([' else -1
            elif c == '|' and depth == 0:
                parts.append(line[start:at])
                start = at + 1
            at += 1
        yield from parts + [line[start:]]
        yield '|'.join(parts[:4])


def random_pattern(rng, depth=0, groups=[0]):
    if depth == 0:
        groups[0] = 0
        return ''.join(random_pattern(rng, 1, groups) for _ in range(rng.randint(1, 4)))
    pick = rng.random()
    if depth > 3 or pick < 0.45:
        return rng.choice(['a', 'b', 'c', 'ab', 'bc', '.', '[ab]', '[^a]', r'\w', '[a-c]', r'\b', '^', '$', 'abc', '(?=a)', '(?!b)', '(?<=a)', '(?<!b)', r'\n', '[^b\n]', '\u0436', r'\W', ''])
    inner = lambda: random_pattern(rng, depth + 1, groups)
    if pick < 0.6:
        return inner() + inner()
    if pick < 0.68:
        return '(?:' + inner() + '|' + inner() + (('|' + inner()) if rng.random() < .4 else '') + ')'
    if pick < 0.76:
        groups[0] += 1
        return '(' + inner() + ')'
    if pick < 0.92:
        body = inner()
        return '(?:' + body + ')' + rng.choice(['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*', '*']) + rng.choice(['', '', '?', '+'])
    if pick < 0.96:
        return rng.choice(['(?=', '(?!', '(?>']) + inner() + ')'
    group = rng.randint(1, max(1, groups[0]))
    return rng.choice([r'\%d' % group, '(?(%d)%s|%s)' % (group, inner(), inner())])


def random_flat_pattern(rng):
    """A pattern without nested repeats, to be safe on long texts: for what searches ahead."""
    simple = ['a', 'b', 'c', '.', '[ab]', '[^a]', '[^c\n]', r'\w', r'\n', '\u0436', '[a\u0436]']
    literals = ['ab', 'abc', 'bca', 'cc', 'ca\n', 'b\u0436', 'abab', 'a', 'b']
    def sequence(n):
        items = []
        for _ in range(rng.randint(1, n)):
            pick = rng.random()
            if pick < .45:
                items.append(rng.choice(literals))
            elif pick < .6:
                items.append(rng.choice(simple))
            elif pick < .8:
                items.append(rng.choice(simple) + rng.choice(['*', '+', '?', '{2,4}', '*?', '+?', '*+', '{3}', '{,30}?']))
            elif pick < .9 and n > 1:
                items.append(rng.choice(['(', '(?:', '(?>']) + '|'.join(sequence(n - 1) for _ in range(rng.randint(1, 3))) + ')')
            else:
                items.append(rng.choice([r'\b', '^', '$', '(?=b)', '(?!a)', '(?<=c)', '(?<!b)']))
        return ''.join(items)
    return rng.choice(['', '', '', '.*', '.*?', '^', '(.*)']) + '|'.join(sequence(4) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def emit_long(rng, patterns, count, out):
    for _ in range(patterns):
        texts = []
        for _ in range(count):
            letters = rng.choice(['aabbcc\n', 'abc\u0436', 'c' * 60 + 'ab\n', 'abc', 'a' * 20 + 'bc\u0436\n'])
            texts.append(''.join(rng.choice(letters) for _ in range(rng.randint(0, 250))))
        emit(random_flat_pattern(rng), rng.choice([0, 0, re.I, re.M, re.S]), texts, out)


def main(out):
    if sys.argv[1:2] == ['long']:
        rng = random.Random(int(sys.argv[2]))
        emit_long(rng, int(sys.argv[3]), 5, out)
        return
    if sys.argv[1:2] == ['random']:
        rng = random.Random(int(sys.argv[2]))
        for _ in range(int(sys.argv[3])):
            pattern = random_pattern(rng)
            texts = [''.join(rng.choice('aaabbc\n\u0436' if rng.random() < .2 else 'aabbc') for _ in range(rng.randint(0, 12))) for _ in range(6)]
            emit(pattern, rng.choice([0, 0, re.I, re.M, re.S]), texts, out)
        return
    rng = random.Random(314)
    for pattern in alternatives(PATTERNS):
        relevant = [t for t in TEXTS if set(t) & set(pattern)]
        emit(pattern, 0, sorted(set(rng.sample(relevant, min(7, len(relevant))) + rng.sample(TEXTS, 4))), out)
    for pattern in alternatives(PATTERNS):
        emit(pattern, rng.choice(FLAGS[1:]), rng.sample(TEXTS, 2), out)
    for pattern in alternatives(BYTES):
        emit(pattern.encode('latin-1'), 0, rng.sample(BYTE_TEXTS, 8), out)
    emit_long(rng, 60, 2, out)


if __name__ == '__main__':
    main(sys.stdout)
