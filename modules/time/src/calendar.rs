//! Calendar times: `struct_time`, conversions, formatting.

use std::ffi::{CStr, CString};
use whipsnake_runtime::fs_name;
use whipsnake_runtime::os_error::{last_errno, raise_errno};
use whipsnake_runtime::prelude::*;
use whipsnake_runtime::struct_sequence;
use whipsnake_runtime::types::str::Str;
use whipsnake_runtime::types::tuple::Tuple;
use whipsnake_runtime::types::{float, int, module, str, structseq};

struct_sequence! {
    pub static STRUCT_TIME_TYPE: "time.struct_time", "A calendar time, as gmtime(), localtime() and strptime() make it.",
    9 of 11, [
        0 "tm_year" "year, for example 1993", 1 "tm_mon" "month, 1 to 12", 2 "tm_mday" "day of the month, 1 to 31",
        3 "tm_hour" "hours, 0 to 23", 4 "tm_min" "minutes, 0 to 59", 5 "tm_sec" "seconds, 0 to 61",
        6 "tm_wday" "day of the week, Monday is 0", 7 "tm_yday" "day of the year, 1 to 366",
        8 "tm_isdst" "1 in summer time, 0 if not, -1 unknown", 9 "tm_zone" "short name of the time zone",
        10 "tm_gmtoff" "offset from UTC in seconds",
    ]
}

unsafe extern "C" {
    fn tzset();
    static tzname: [*const libc::c_char; 2];
}

fn empty_tm() -> libc::tm {
    // SAFETY: a struct of numbers and a pointer that may be null.
    unsafe { std::mem::zeroed() }
}

fn zone_text(th: &Thread, zone: *const libc::c_char) -> PyResult {
    if zone.is_null() {
        return th.str("");
    }
    // SAFETY: the C library's zone names are NUL-terminated and stay.
    fs_name::decode(th, unsafe { CStr::from_ptr(zone) }.to_bytes())
}

fn to_struct(th: &Thread, tm: &libc::tm) -> PyResult {
    let numbers = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        tm.tm_mday.into(),
        tm.tm_hour.into(),
        tm.tm_min.into(),
        tm.tm_sec.into(),
        (i64::from(tm.tm_wday) + 6) % 7,
        i64::from(tm.tm_yday) + 1,
        tm.tm_isdst.into(),
    ];
    let mut items: Vec<Obj> = numbers.into_iter().map(Obj::small_int).collect();
    items.push(zone_text(th, tm.tm_zone)?);
    items.push(th.int(tm.tm_gmtoff)?);
    structseq::new(th, &STRUCT_TIME_TYPE, items)
}

/// Seconds since the epoch, rounded down; now when absent.
fn timestamp(th: &Thread, v: Option<Value>) -> PyResult<i64> {
    let Some(v) = v.filter(|v| !v.is_none()) else {
        // SAFETY: no memory is involved.
        return Ok(unsafe { libc::time(std::ptr::null_mut()) });
    };
    let out_of_range = |th: &Thread| th.overflow_error("timestamp out of range for platform time_t");
    if let Some(x) = float::value_of(v) {
        if x.is_nan() {
            return err!(th, VALUE_ERROR, "Invalid value NaN (not a number)");
        }
        let x = x.floor();
        return if (-9.223372036854775e18..=9.223372036854775e18).contains(&x) {
            Ok(x as i64)
        } else {
            Err(out_of_range(th))
        };
    }
    let index = number::index(th, v)?;
    int::try_i64(index.value()).ok_or_else(|| out_of_range(th))
}

fn local(th: &Thread, t: i64) -> PyResult<libc::tm> {
    let mut tm = empty_tm();
    // SAFETY: both live through the call.
    if unsafe { libc::localtime_r(&t, &mut tm) }.is_null() {
        let errno = last_errno();
        return Err(raise_errno(th, if errno == 0 { libc::EINVAL } else { errno }));
    }
    Ok(tm)
}

/// The numbers of a time tuple as they are, year and weekday converted.
fn from_tuple(th: &Thread, v: Value, function: &str) -> PyResult<libc::tm> {
    let Some(tuple) = v.cast::<Tuple>() else {
        return err!(th, TYPE_ERROR, "Tuple or struct_time argument required");
    };
    let items: Vec<Obj> = tuple.as_slice().iter().map(|v| v.own()).collect();
    if items.len() != 9 {
        return err!(th, TYPE_ERROR, "{function}(): illegal time tuple argument");
    }
    let mut n = [0i32; 9];
    for (slot, item) in n.iter_mut().zip(&items) {
        *slot = number::as_i32(th, item.value())?;
    }
    if n[0] < i32::MIN + 1900 {
        return err!(th, OVERFLOW_ERROR, "year out of range");
    }
    let mut tm = empty_tm();
    tm.tm_year = n[0] - 1900;
    tm.tm_mon = n[1].wrapping_sub(1);
    tm.tm_mday = n[2];
    tm.tm_hour = n[3];
    tm.tm_min = n[4];
    tm.tm_sec = n[5];
    tm.tm_wday = if n[6] < -1 { n[6] } else { (n[6].wrapping_add(1)) % 7 };
    tm.tm_yday = n[7].wrapping_sub(1);
    tm.tm_isdst = n[8];
    if v.is_instance(&STRUCT_TIME_TYPE) {
        let offset = object::get_attr_str(th, v, "tm_gmtoff")?;
        if !offset.is_none() {
            tm.tm_gmtoff = number::as_i64(th, offset.value())?;
        }
    }
    Ok(tm)
}

/// Corrects zeros, and refuses numbers outside their ranges.
fn check(th: &Thread, tm: &mut libc::tm) -> PyResult<()> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    }
    let ranges = [
        (tm.tm_mon, 0, 11, "month"),
        (tm.tm_mday, 1, 31, "day of month"),
        (tm.tm_hour, 0, 23, "hour"),
        (tm.tm_min, 0, 59, "minute"),
        (tm.tm_sec, 0, 61, "seconds"),
        (tm.tm_wday, 0, 6, "day of week"),
        (tm.tm_yday, 0, 365, "day of year"),
    ];
    for (value, low, high, what) in ranges {
        if !(low..=high).contains(&value) {
            return err!(th, VALUE_ERROR, "{what} out of range");
        }
    }
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    Ok(())
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn as_text(th: &Thread, tm: &libc::tm) -> PyResult {
    let day = DAYS.get(tm.tm_wday as usize).unwrap_or(&"???");
    let month = MONTHS.get(tm.tm_mon as usize).unwrap_or(&"???");
    th.str(&format!(
        "{day} {month}{:3} {:02}:{:02}:{:02} {}",
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        i64::from(tm.tm_year) + 1900
    ))
}

/// Formats a piece without NULs.
fn format_piece(th: &Thread, piece: &[u8], tm: &libc::tm, out: &mut Vec<u8>) -> PyResult<()> {
    if piece.is_empty() {
        return Ok(());
    }
    // A character behind the format tells an empty result from a buffer that is too small.
    let Ok(format) = CString::new([piece, b"|"].concat()) else { return Ok(()) };
    let mut room = 1024;
    loop {
        let mut text = vec![0u8; room];
        // SAFETY: the buffer's length is passed along; format and time live through the call.
        let length = unsafe { libc::strftime(text.as_mut_ptr().cast(), room, format.as_ptr(), tm) };
        if length > 0 {
            let text = &text[..length];
            out.extend_from_slice(text.strip_suffix(b"|").unwrap_or(text));
            return Ok(());
        }
        if room > 256 * format.as_bytes().len().max(1024) {
            return Err(th.memory_error());
        }
        room *= 2;
    }
}

/// The time zone constants, as the C library has them for this and the last half year.
pub fn set_zone(th: &Thread, m: Value) -> PyResult<()> {
    // SAFETY: the interpreter's lock keeps other Python threads away.
    unsafe { tzset() };
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    // SAFETY: no memory is involved.
    let now = unsafe { libc::time(std::ptr::null_mut()) } / YEAR * YEAR;
    let (january, july) = (local(th, now)?, local(th, now + YEAR / 2)?);
    let (winter, summer) = if january.tm_gmtoff <= july.tm_gmtoff { (&january, &july) } else { (&july, &january) };
    let (standard, daylight) = (-winter.tm_gmtoff, -summer.tm_gmtoff);
    let has_daylight = standard != daylight;
    let names = if has_daylight {
        [zone_text(th, winter.tm_zone)?, zone_text(th, summer.tm_zone)?]
    } else {
        // SAFETY: set by tzset().
        unsafe { [zone_text(th, tzname[0])?, zone_text(th, tzname[1])?] }
    };
    let names = th.tuple(&[names[0].value(), names[1].value()])?;
    module::add(th, m, "timezone", th.int(standard)?.value())?;
    module::add(th, m, "altzone", th.int(daylight)?.value())?;
    module::add(th, m, "daylight", Value::small_int(has_daylight.into()))?;
    module::add(th, m, "tzname", names.value())
}

#[pyfunctions]
pub mod functions {
    use super::*;

    /// A time as a struct_time in UTC.
    #[function("gmtime(seconds=None, /)")]
    fn gmtime(th: &Thread, seconds: Option<Value>) -> PyResult {
        let t = timestamp(th, seconds)?;
        let mut tm = empty_tm();
        // SAFETY: both live through the call.
        if unsafe { libc::gmtime_r(&t, &mut tm) }.is_null() {
            return Err(raise_errno(th, last_errno()));
        }
        tm.tm_zone = c"UTC".as_ptr();
        to_struct(th, &tm)
    }
    /// A time as a struct_time in the local zone.
    #[function("localtime(seconds=None, /)")]
    fn localtime(th: &Thread, seconds: Option<Value>) -> PyResult {
        let tm = local(th, timestamp(th, seconds)?)?;
        to_struct(th, &tm)
    }
    /// A local time tuple as seconds since the epoch.
    #[function("mktime(time_tuple, /)")]
    fn mktime(th: &Thread, time_tuple: Value) -> PyResult<f64> {
        let mut tm = from_tuple(th, time_tuple, "mktime")?;
        // mktime sets the day of the week when it succeeds.
        tm.tm_wday = -1;
        // SAFETY: the struct lives through the call.
        let t = unsafe { libc::mktime(&mut tm) };
        if t == -1 && tm.tm_wday == -1 {
            return err!(th, OVERFLOW_ERROR, "mktime argument out of range");
        }
        Ok(t as f64)
    }
    /// A time tuple as text like "Sat Jun 06 16:26:11 1998".
    #[function("asctime(time_tuple=None, /)")]
    fn asctime(th: &Thread, time_tuple: Option<Value>) -> PyResult {
        let tm = match time_tuple {
            Some(v) => {
                let mut tm = from_tuple(th, v, "asctime")?;
                check(th, &mut tm)?;
                tm
            }
            None => local(th, timestamp(th, None)?)?,
        };
        as_text(th, &tm)
    }
    /// A time in seconds as local text.
    #[function("ctime(seconds=None, /)")]
    fn ctime(th: &Thread, seconds: Option<Value>) -> PyResult {
        as_text(th, &local(th, timestamp(th, seconds)?)?)
    }
    /// A time tuple as text by a format.
    #[function("strftime(format, time_tuple=None, /)")]
    fn strftime(th: &Thread, format: &Str, time_tuple: Option<Value>) -> PyResult {
        let mut tm = match time_tuple {
            Some(v) => from_tuple(th, v, "strftime")?,
            None => local(th, timestamp(th, None)?)?,
        };
        check(th, &mut tm)?;
        if time_tuple.is_some_and(|v| v.is_instance(&STRUCT_TIME_TYPE)) {
            // %Z is the struct's own zone.
            let zone = object::get_attr_str(th, time_tuple.unwrap_or(statics::none()), "tm_zone")?;
            let name = zone.cast::<Str>().map(|s| fs_name::encode(th, s)).transpose()?.unwrap_or_default();
            if let Ok(name) = CString::new(name)
                && !zone.is_none()
            {
                tm.tm_zone = name.as_ptr();
                return format_all(th, format, &tm);
            }
        } else {
            // SAFETY: set by tzset().
            tm.tm_zone = unsafe { tzname[usize::from(tm.tm_isdst > 0)] };
        }
        format_all(th, format, &tm)
    }
    /// Parses a time by a format; a struct_time.
    #[function("strptime(string, format='%a %b %d %H:%M:%S %Y', /)")]
    fn strptime(th: &Thread, string: Value, format: Option<Value>) -> PyResult {
        let parser = whipsnake_runtime::import::attribute(th, "_strptime", "_strptime_time")?;
        match format {
            Some(format) => call::call2(th, parser.value(), string, format),
            None => call::call1(th, parser.value(), string),
        }
    }
    /// Reads the time zone from the environment again.
    #[function("tzset()")]
    fn tzset_(th: &Thread) -> PyResult<()> {
        let m = whipsnake_runtime::import::import(th, "time")?;
        set_zone(th, m.value())
    }
}

/// Surrogates are no text for C: they go into the result as they are.
fn format_all(th: &Thread, format: &Str, tm: &libc::tm) -> PyResult {
    let is_surrogate = |c: &u32| (0xD800..0xE000).contains(c);
    let units: Vec<u32> = (0..format.len()).filter_map(|i| format.units().get(i)).collect();
    if !units.iter().any(is_surrogate) {
        return format_text(th, format, tm);
    }
    let mut pieces = Vec::new();
    for run in units.chunk_by(|a, b| is_surrogate(a) == is_surrogate(b)) {
        let chars = run.iter().map(|c| str::from_char(th, *c)).collect::<PyResult<Vec<Obj>>>()?;
        let run_text = join(th, chars)?;
        let piece = match run_text.cast::<Str>().filter(|_| !is_surrogate(&run[0])) {
            Some(text) => format_text(th, text, tm)?,
            None => run_text,
        };
        pieces.push(piece);
    }
    join(th, pieces)
}

fn join(th: &Thread, pieces: Vec<Obj>) -> PyResult {
    let pieces = th.list(pieces)?;
    call::call_method(th, th.str("")?.value(), "join", &[pieces.value()])
}

fn format_text(th: &Thread, format: &Str, tm: &libc::tm) -> PyResult {
    let bytes = fs_name::encode(th, format)?;
    let mut out = Vec::new();
    for (i, piece) in bytes.split(|&b| b == 0).enumerate() {
        if i > 0 {
            out.push(0);
        }
        format_piece(th, piece, tm, &mut out)?;
    }
    fs_name::decode(th, &out)
}
