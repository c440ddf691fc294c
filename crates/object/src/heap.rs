//! The object heap of one interpreter.
//!
//! Small objects come from 64 KiB pages, each serving one size class and one [`PageKind`]; a page is carved lazily, a
//! few kilobytes at a time, so that memory that was never used is never touched. Larger objects come from the system
//! allocator. Sizes are in bytes.

use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use whipsnake_layout::Header;
use whipsnake_layout::thread::{FreeCell, FreeLists, SIZE_CLASSES, SMALL_OBJECT_MAX};

/// Bytes in a page; pages are aligned to their size.
pub const PAGE_SIZE: usize = 64 * 1024;
/// Pages are taken from the system in chunks of this many.
const CHUNK_PAGES: usize = 16;
/// How much of a page is carved into free cells at a time, in bytes.
const CARVE_BYTES: usize = 4096;
/// Growth below which no collection is due, in bytes.
const MIN_GROWTH: usize = 1 << 19;

/// What a page holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageKind {
    /// Objects that cannot take part in reference cycles.
    Plain,
    /// Objects that can.
    Cyclic,
}

/// The header at the start of each page.
#[repr(C)]
pub struct Page {
    pub cell_size: u32,
    pub cell_count: u32,
    /// `2^32 / (cell_size / 16)`, rounded up: division by the cell size as a multiplication.
    reciprocal: u64,
    /// Cells below this index have been carved; the others have never been touched.
    pub carved: Cell<u32>,
    pub cyclic: bool,
    /// Some cell of this page has, or had, a weak reference.
    pub has_weakrefs: Cell<bool>,
    /// Side array of the running collection: one entry a cell, or null.
    pub collector: Cell<*mut i32>,
    /// One byte a cell, kept between collections (`CELL_*` marks), or null while all are zero.
    pub marks: Cell<*mut u8>,
}

/// What a large block counts as growth of cyclic memory. Cycles can hold blocks that are no candidates themselves, but most of those
/// (long texts, the items of long lists) die without the collector's help.
fn large_growth(size: usize, kind: PageKind) -> usize {
    match kind {
        PageKind::Cyclic => size,
        PageKind::Plain => size / 8,
    }
}

const FIRST_CELL: usize = size_of::<Page>().next_multiple_of(16);

/// See [`Page::reciprocal`].
const fn reciprocal(cell_size: usize) -> u64 {
    (1u64 << 32).div_ceil((cell_size / 16) as u64)
}

impl Page {
    /// The page a small object lies on.
    ///
    /// # Safety
    /// `object` lies on a page of some heap (its size is at most `SMALL_OBJECT_MAX`).
    #[inline]
    pub unsafe fn of<'a>(object: *const Header) -> &'a Page {
        // SAFETY: I3, pages are aligned to their size and begin with this header.
        unsafe { &*((object as usize & !(PAGE_SIZE - 1)) as *const Page) }
    }
    /// The index of the cell at `object`.
    #[inline]
    pub fn index_of(&self, object: *const Header) -> usize {
        // Exact: the dividend is below 2^12, the divisor at most 64, so the rounding error stays below 1/64.
        let units = ((object as usize & (PAGE_SIZE - 1)) - FIRST_CELL) / 16;
        ((units as u64 * self.reciprocal) >> 32) as usize
    }
    /// The mark byte of the cell with this index.
    #[inline]
    pub fn mark_at(&self, index: usize) -> u8 {
        let marks = self.marks.get();
        // SAFETY: I3, the array has a byte for each cell.
        if marks.is_null() { 0 } else { unsafe { *marks.add(index) } }
    }
    /// The mark byte of the cell at `object`.
    #[inline]
    pub fn mark(&self, object: *const Header) -> u8 {
        self.mark_at(self.index_of(object))
    }
    /// Sets bits in the mark byte of the cell at `object`; false when there is no memory for marks.
    pub fn set_mark(&self, object: *const Header, bits: u8) -> bool {
        if self.marks.get().is_null() {
            let mut marks = Vec::new();
            if marks.try_reserve_exact(self.cell_count as usize).is_err() {
                return false;
            }
            marks.resize(self.cell_count as usize, 0u8);
            // Pages are never given back, so neither are their marks.
            self.marks.set(Box::leak(marks.into_boxed_slice()).as_mut_ptr());
        }
        // SAFETY: I3, the array has a byte for each cell.
        unsafe { *self.marks.get().add(self.index_of(object)) |= bits };
        true
    }
    /// Clears bits in all mark bytes.
    pub fn clear_marks(&self, bits: u8) {
        let marks = self.marks.get();
        if !marks.is_null() {
            for i in 0..self.cell_count as usize {
                // SAFETY: I3, the array has a byte for each cell.
                unsafe { *marks.add(i) &= !bits };
            }
        }
    }
    /// The cell with this index.
    #[inline]
    pub fn cell(&self, index: usize) -> *mut Header {
        (self as *const Page as usize + FIRST_CELL + index * self.cell_size as usize) as *mut Header
    }
}

/// The object heap. Field `lists` is first and read by machine code.
#[repr(C)]
pub struct Heap {
    pub lists: FreeLists,
    current: [[Cell<*mut Page>; SIZE_CLASSES]; 2],
    pages: RefCell<Vec<*mut Page>>,
    /// Unused pages of the newest chunk.
    chunk: Cell<(usize, usize)>,
    /// A chunk set aside for the time after memory has run out, so that a program can still report that: where they
    /// begin, or 0.
    reserve: Cell<usize>,
    /// Memory has run out, and nobody has got any since.
    exhausted: Cell<bool>,
    /// Large objects that can take part in cycles.
    large_cyclic: RefCell<HashSet<usize>>,
    /// Bytes by which cyclic memory grew since the last collection.
    growth: Cell<usize>,
    /// `growth` at which a collection is due.
    growth_limit: Cell<usize>,
    /// Set when a collection is due; the evaluation loop looks at it when told to.
    collection_due: Cell<bool>,
    /// Bytes of large objects.
    large_bytes: Cell<usize>,
    /// Where to say that a collection is due: a thread's eval breaker (or null), and the bit.
    breaker: Cell<(*const AtomicU32, u32)>,
}

/// Maps a run of aligned pages.
fn map_pages(count: usize) -> Option<usize> {
    // SAFETY: I3, an anonymous mapping; one page more than needed, so that an aligned run lies in it.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            (count + 1) * PAGE_SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    (start != libc::MAP_FAILED).then(|| (start as usize).next_multiple_of(PAGE_SIZE))
}

/// Gives back what [`map_pages`] has mapped, but for what it needed to align the run.
fn unmap_pages(start: usize, count: usize) {
    // SAFETY: I3, a run that nothing refers to.
    unsafe { libc::munmap(start as *mut libc::c_void, count * PAGE_SIZE) };
}

/// Whether so many pages could be had.
fn can_map(count: usize) -> bool {
    let (bytes, protection) = (count * PAGE_SIZE, libc::PROT_READ | libc::PROT_WRITE);
    if bytes == 0 {
        return true;
    }
    // SAFETY: I3, an anonymous mapping that goes away at once.
    unsafe {
        let start = libc::mmap(std::ptr::null_mut(), bytes, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
        start != libc::MAP_FAILED && libc::munmap(start, bytes) == 0
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

impl Heap {
    pub fn new() -> Heap {
        Heap {
            lists: FreeLists::new(),
            current: [const { [const { Cell::new(std::ptr::null_mut()) }; SIZE_CLASSES] }; 2],
            pages: RefCell::new(Vec::new()),
            chunk: Cell::new((0, 0)),
            reserve: Cell::new(0),
            exhausted: Cell::new(false),
            large_cyclic: RefCell::new(HashSet::new()),
            growth: Cell::new(0),
            growth_limit: Cell::new(MIN_GROWTH),
            collection_due: Cell::new(false),
            large_bytes: Cell::new(0),
            breaker: Cell::new((std::ptr::null(), 0)),
        }
    }

    /// Memory for an object of `size` bytes, 16-byte aligned, contents undefined; null when there is none left.
    /// The caller writes the object header before anything else can allocate.
    #[inline]
    pub fn allocate(&self, size: usize, kind: PageKind) -> *mut u8 {
        debug_assert!(size >= 16);
        if size > SMALL_OBJECT_MAX {
            return self.allocate_large(size, kind);
        }
        let class = (size - 1) / 16;
        let list = match kind {
            PageKind::Plain => &self.lists.plain[class],
            PageKind::Cyclic => &self.lists.cyclic[class],
        };
        let cell = FreeLists::pop(list);
        let cell = if cell.is_null() { self.refill(class, kind) } else { cell.cast() };
        #[cfg(feature = "asan")]
        asan::allocated(cell, (class + 1) * 16);
        cell
    }

    /// Returns an object's memory. `size` and `kind` are those it was allocated with.
    ///
    /// # Safety
    /// The object is dead and nothing refers to it any more (I3).
    #[inline]
    pub unsafe fn free(&self, object: *mut u8, size: usize, kind: PageKind) {
        // SAFETY: I3, handed on to the caller.
        unsafe {
            if size > SMALL_OBJECT_MAX {
                return self.free_large(object, size, kind);
            }
            let class = (size - 1) / 16;
            let list = match kind {
                PageKind::Plain => &self.lists.plain[class],
                PageKind::Cyclic => &self.lists.cyclic[class],
            };
            #[cfg(debug_assertions)]
            std::ptr::write_bytes(object.add(16), 0xDB, (class + 1) * 16 - 16);
            if kind == PageKind::Cyclic {
                let page = Page::of(object.cast());
                let marks = page.marks.get();
                if !marks.is_null() {
                    *marks.add(page.index_of(object.cast())) = 0;
                }
            }
            FreeLists::push(list, object.cast::<FreeCell>());
            #[cfg(feature = "asan")]
            asan::freed(object, (class + 1) * 16);
        }
    }

    #[cold]
    fn refill(&self, class: usize, kind: PageKind) -> *mut u8 {
        let size = (class + 1) * 16;
        let current = &self.current[kind as usize][class];
        let mut page = current.get();
        // SAFETY: I3, the current page is a page of this heap; carved cells lie within it.
        unsafe {
            if page.is_null() || (*page).carved.get() == (*page).cell_count {
                page = self.new_page(size, kind);
                if page.is_null() {
                    return std::ptr::null_mut();
                }
                current.set(page);
            }
            let page = &*page;
            let first = page.carved.get() as usize;
            let count = (CARVE_BYTES / size).max(1).min(page.cell_count as usize - first);
            page.carved.set((first + count) as u32);
            let list = match kind {
                PageKind::Plain => &self.lists.plain[class],
                PageKind::Cyclic => &self.lists.cyclic[class],
            };
            for index in (first + 1..first + count).rev() {
                FreeLists::push(list, page.cell(index).cast());
            }
            let cell = page.cell(first);
            cell.cast::<FreeCell>().write(FreeCell { next: std::ptr::null_mut(), no_type: 0 });
            if kind == PageKind::Cyclic {
                self.note_growth(count * size);
            }
            cell.cast()
        }
    }

    fn new_page(&self, size: usize, kind: PageKind) -> *mut Page {
        let (mut next, mut end) = self.chunk.get();
        if next == end {
            let Some(chunk) = self.new_chunk() else { return std::ptr::null_mut() };
            (next, end) = chunk;
        }
        if self.pages.borrow_mut().try_reserve(1).is_err() {
            self.chunk.set((next, end));
            return std::ptr::null_mut();
        }
        self.chunk.set((next + PAGE_SIZE, end));
        let page = next as *mut Page;
        // SAFETY: I3, fresh memory of the chunk.
        unsafe {
            page.write(Page {
                cell_size: size as u32,
                reciprocal: reciprocal(size),
                cell_count: ((PAGE_SIZE - FIRST_CELL) / size) as u32,
                carved: Cell::new(0),
                cyclic: kind == PageKind::Cyclic,
                has_weakrefs: Cell::new(false),
                collector: Cell::new(std::ptr::null_mut()),
                marks: Cell::new(std::ptr::null_mut()),
            });
        }
        self.pages.borrow_mut().push(page);
        page
    }

    /// A run of pages. Memory counts as run out while there is still some for the collector to work with. The first request
    /// then fails, and asks for a collection; those after it are met as long as there is anything.
    #[cold]
    fn new_chunk(&self) -> Option<(usize, usize)> {
        const BYTES: usize = CHUNK_PAGES * PAGE_SIZE;
        let slack = self.pages.borrow().len() / 4;
        if let Some(start) = map_pages(CHUNK_PAGES) {
            if self.exhausted.get() || can_map(slack) {
                self.exhausted.set(false);
                if self.reserve.get() == 0 {
                    self.reserve.set(map_pages(CHUNK_PAGES).unwrap_or(0));
                }
                return Some((start, start + BYTES));
            }
            if self.reserve.get() == 0 {
                self.reserve.set(start);
            } else {
                unmap_pages(start, CHUNK_PAGES);
            }
        }
        if !self.exhausted.replace(true) {
            self.request_collection();
            return None;
        }
        match self.reserve.replace(0) {
            0 => None,
            start => Some((start, start + BYTES)),
        }
    }

    #[cold]
    fn allocate_large(&self, size: usize, kind: PageKind) -> *mut u8 {
        let Ok(layout) = Layout::from_size_align(size, 16) else { return std::ptr::null_mut() };
        // SAFETY: the layout is not empty.
        let object = unsafe { std::alloc::alloc(layout) };
        if object.is_null() {
            return object;
        }
        if kind == PageKind::Cyclic {
            let mut registry = self.large_cyclic.borrow_mut();
            if registry.try_reserve(1).is_err() {
                // SAFETY: allocated above with this layout.
                unsafe { std::alloc::dealloc(object, layout) };
                return std::ptr::null_mut();
            }
            registry.insert(object as usize);
            // SAFETY: the block is at least 16 bytes; the collector must not see a stale type.
            unsafe { object.cast::<FreeCell>().write(FreeCell { next: std::ptr::null_mut(), no_type: 0 }) };
        }
        self.note_growth(large_growth(size, kind));
        self.large_bytes.set(self.large_bytes.get() + size);
        object
    }

    #[cold]
    unsafe fn free_large(&self, object: *mut u8, size: usize, kind: PageKind) {
        if kind == PageKind::Cyclic {
            self.large_cyclic.borrow_mut().remove(&(object as usize));
        }
        self.note_shrink(large_growth(size, kind));
        self.large_bytes.set(self.large_bytes.get() - size);
        // SAFETY: I3, the caller gives the size it was allocated with, which made a valid layout then.
        unsafe { std::alloc::dealloc(object, Layout::from_size_align_unchecked(size, 16)) };
    }

    /// A buffer of raw memory that belongs to one object (a list's items): `new` bytes instead of `old`, with what was
    /// there as far as it fits. 0 bytes is a null pointer; null for more = no memory, and the old buffer stays.
    ///
    /// # Safety
    /// `buffer` has `old` bytes and nobody else uses it (I3).
    pub unsafe fn reallocate_buffer(&self, buffer: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: I3, handed on to the caller; sizes are those the buffers were allocated with.
        unsafe {
            if old > SMALL_OBJECT_MAX && new > SMALL_OBJECT_MAX {
                let Ok(layout) = Layout::from_size_align(new, 16) else { return std::ptr::null_mut() };
                let moved = std::alloc::realloc(buffer, Layout::from_size_align_unchecked(old, 16), layout.size());
                if !moved.is_null() {
                    self.large_bytes.set(self.large_bytes.get() - old + new);
                    let growth = |bytes| large_growth(bytes, PageKind::Plain);
                    if new > old { self.note_growth(growth(new - old)) } else { self.note_shrink(growth(old - new)) }
                }
                return moved;
            }
            let moved = if new == 0 { std::ptr::null_mut() } else { self.allocate(new.max(16), PageKind::Plain) };
            if moved.is_null() && new != 0 {
                return moved;
            }
            if old != 0 {
                std::ptr::copy_nonoverlapping(buffer, moved, old.min(new));
                self.free_buffer(buffer, old);
            }
            moved
        }
    }

    /// Gives a buffer back.
    ///
    /// # Safety
    /// As for [`Heap::reallocate_buffer`].
    #[inline]
    pub unsafe fn free_buffer(&self, buffer: *mut u8, bytes: usize) {
        if bytes != 0 {
            // SAFETY: I3, handed on to the caller.
            unsafe { self.free(buffer, bytes.max(16), PageKind::Plain) }
        }
    }

    /// Tells the collector's trigger that `bytes` more are held by objects that can take part in cycles.
    pub fn note_growth(&self, bytes: usize) {
        let growth = self.growth.get().saturating_add(bytes);
        self.growth.set(growth);
        if growth >= self.growth_limit.get() {
            self.request_collection();
        }
    }

    fn request_collection(&self) {
        self.collection_due.set(true);
        let (breaker, bit) = self.breaker.get();
        if !breaker.is_null() {
            // SAFETY: I6, the breaker of the thread that has the lock, which outlives its turn.
            unsafe { (*breaker).fetch_or(bit, Ordering::Release) };
        }
    }

    /// Sets the eval breaker of the thread that has the lock, and the bit that means "collect".
    pub fn set_breaker(&self, breaker: *const AtomicU32, bit: u32) {
        self.breaker.set((breaker, bit));
    }

    /// Bytes by which memory grew since the last collection.
    pub fn growth(&self) -> usize {
        self.growth.get()
    }

    /// Bytes of large objects.
    pub fn large_bytes(&self) -> usize {
        self.large_bytes.get()
    }

    /// Asks again only after as much growth as before.
    pub fn postpone_collection(&self) {
        self.growth.set(0);
        self.collection_due.set(false);
    }

    /// The opposite of [`Heap::note_growth`].
    pub fn note_shrink(&self, bytes: usize) {
        self.growth.set(self.growth.get().saturating_sub(bytes));
    }

    /// Whether enough was allocated since the last collection to start another.
    #[inline]
    pub fn collection_due(&self) -> bool {
        self.collection_due.get()
    }

    /// Restarts the trigger; the next collection is due when cyclic memory grew by a quarter of `live_bytes`.
    pub fn collection_done(&self, live_bytes: usize) {
        self.growth.set(0);
        self.growth_limit.set((live_bytes / 4).max(MIN_GROWTH));
        self.collection_due.set(false);
    }

    /// Pages of objects that can take part in cycles.
    pub fn cyclic_pages(&self) -> Vec<&Page> {
        // SAFETY: I3, pages live as long as the heap.
        self.pages.borrow().iter().map(|&page| unsafe { &*page }).filter(|page| page.cyclic).collect()
    }

    /// Live cells of a page.
    pub fn live_cells(page: &Page) -> impl Iterator<Item = (usize, *mut Header)> + '_ {
        (0..page.carved.get() as usize).map(|index| (index, page.cell(index))).filter(|&(_, cell)| {
            // SAFETY: I3, carved cells are readable and hold a null type while free.
            !unsafe { (*cell).ob_type.get() }.is_null()
        })
    }

    /// Large objects that can take part in cycles.
    pub fn large_cyclic_objects(&self) -> Vec<*mut Header> {
        self.large_cyclic.borrow().iter().map(|&object| object as *mut Header).collect()
    }
}

/// What AddressSanitizer is told of cells: a free one may be touched in its first 16 bytes only (link and null type).
#[cfg(feature = "asan")]
mod asan {
    unsafe extern "C" {
        fn __asan_poison_memory_region(start: *const u8, size: usize);
        fn __asan_unpoison_memory_region(start: *const u8, size: usize);
    }
    const KEPT: usize = size_of::<super::FreeCell>();

    pub(super) fn allocated(cell: *mut u8, size: usize) {
        if !cell.is_null() {
            // SAFETY: I3, the cell has `size` bytes; only the sanitizer's own shadow changes.
            unsafe { __asan_unpoison_memory_region(cell, size) }
        }
    }
    pub(super) fn freed(cell: *mut u8, size: usize) {
        // SAFETY: as above.
        unsafe { __asan_poison_memory_region(cell.wrapping_add(KEPT), size - KEPT) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(heap: &Heap, size: usize, kind: PageKind) -> *mut Header {
        let object = heap.allocate(size, kind).cast::<Header>();
        assert!(!object.is_null() && (object as usize).is_multiple_of(16));
        // SAFETY: fresh memory of at least 16 bytes; the type is only compared with null.
        unsafe { object.write(Header::new(16 as *const _)) };
        object
    }

    #[test]
    fn freed_cells_are_reused_last_first() {
        let heap = Heap::new();
        let a = header(&heap, 40, PageKind::Plain);
        let b = header(&heap, 40, PageKind::Plain);
        // SAFETY: both are dead from here on.
        unsafe {
            heap.free(a.cast(), 40, PageKind::Plain);
            heap.free(b.cast(), 40, PageKind::Plain);
        }
        assert_eq!(header(&heap, 48, PageKind::Plain), b);
        assert_eq!(header(&heap, 33, PageKind::Plain), a);
    }

    #[test]
    fn the_collector_sees_exactly_the_live_cyclic_objects() {
        let heap = Heap::new();
        let kept: Vec<_> = (0..5000).map(|_| header(&heap, 64, PageKind::Cyclic)).collect();
        let large = header(&heap, 5000, PageKind::Cyclic);
        header(&heap, 64, PageKind::Plain);
        for object in &kept[..2500] {
            // SAFETY: dead from here on.
            unsafe { heap.free(object.cast(), 64, PageKind::Cyclic) };
        }
        let mut seen: Vec<_> =
            heap.cyclic_pages().iter().flat_map(|page| Heap::live_cells(page).map(|(_, cell)| cell)).collect();
        seen.sort();
        let mut expected = kept[2500..].to_vec();
        expected.sort();
        assert_eq!(seen, expected);
        assert_eq!(heap.large_cyclic_objects(), [large]);
        // SAFETY: dead from here on.
        unsafe { heap.free(large.cast(), 5000, PageKind::Cyclic) };
        assert!(heap.large_cyclic_objects().is_empty());
    }

    #[test]
    fn pages_know_their_cells() {
        let heap = Heap::new();
        for size in (16..=1024).step_by(16) {
            for _ in 0..5000 {
                let object = header(&heap, size, PageKind::Cyclic);
                // SAFETY: a small object lies on a page.
                let page = unsafe { Page::of(object) };
                assert_eq!(page.cell(page.index_of(object)), object);
            }
        }
    }

    #[test]
    fn absurd_sizes_fail_cleanly() {
        let heap = Heap::new();
        assert!(heap.allocate(usize::MAX / 2, PageKind::Plain).is_null());
        assert!(heap.allocate(usize::MAX - 64, PageKind::Cyclic).is_null());
    }

    #[test]
    fn growth_makes_a_collection_due() {
        let heap = Heap::new();
        assert!(!heap.collection_due());
        heap.note_growth(MIN_GROWTH);
        assert!(heap.collection_due());
        heap.collection_done(100 << 20);
        heap.note_growth(2 * MIN_GROWTH);
        assert!(!heap.collection_due());
    }
}
