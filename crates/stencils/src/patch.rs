//! Filling a hole, with a check that the value fits.

/// How a value gets into the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patch {
    /// 64 bits.
    Absolute64,
    /// 32 bits, extended with zeros by the instruction.
    Absolute32,
    /// 32 bits, extended with their sign by the instruction.
    Signed32,
    /// 32 bits: the distance from the hole.
    Relative32,
    /// AArch64: the distance of a jump or call, in instructions, in 26 bits.
    Branch26,
    /// AArch64: the distance to the 4 KiB page of the value's entry in the pool of constants, in an `adrp`.
    PoolPage,
    /// AArch64: the place of the value's entry in its page, in a 64-bit `ldr`.
    PoolOffset,
}

/// The value does not fit the hole: the trace cannot be made here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfRange;

impl Patch {
    /// Whether the hole takes the address of an entry in a pool of 64-bit constants, not the value itself.
    pub fn wants_pool(self) -> bool {
        matches!(self, Patch::PoolPage | Patch::PoolOffset)
    }

    /// Writes `value` into the hole at the start of `code`, which will run at `address`.
    ///
    /// # Errors
    /// [`OutOfRange`]; nothing is written then.
    ///
    /// # Panics
    /// If `code` is shorter than the hole.
    pub fn fill(self, code: &mut [u8], address: u64, value: u64) -> Result<(), OutOfRange> {
        let distance = value.wrapping_sub(address) as i64;
        let word = match self {
            Patch::Absolute64 => {
                code[..8].copy_from_slice(&value.to_le_bytes());
                return Ok(());
            }
            Patch::Absolute32 => u32::try_from(value).map_err(|_| OutOfRange)?,
            Patch::Signed32 => i32::try_from(value as i64).map_err(|_| OutOfRange)? as u32,
            Patch::Relative32 => i32::try_from(distance).map_err(|_| OutOfRange)? as u32,
            Patch::Branch26 => {
                let instructions = fits(distance >> 2, 26).filter(|_| distance & 3 == 0).ok_or(OutOfRange)?;
                instruction(code) & 0xfc00_0000 | instructions
            }
            Patch::PoolPage => {
                let pages = fits((value >> 12).wrapping_sub(address >> 12) as i64, 21).ok_or(OutOfRange)?;
                instruction(code) & 0x9f00_001f | (pages & 3) << 29 | (pages >> 2) << 5
            }
            Patch::PoolOffset => {
                let offset = (value & 0xfff) as u32;
                if offset & 7 != 0 {
                    return Err(OutOfRange);
                }
                instruction(code) & 0xffc0_03ff | (offset >> 3) << 10
            }
        };
        code[..4].copy_from_slice(&word.to_le_bytes());
        Ok(())
    }
}

fn instruction(code: &[u8]) -> u32 {
    u32::from_le_bytes([code[0], code[1], code[2], code[3]])
}

/// The low `bits` of a number that they can hold with its sign.
fn fits(number: i64, bits: u32) -> Option<u32> {
    let limit = 1i64 << (bits - 1);
    (-limit..limit).contains(&number).then_some(number as u32 & ((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(patch: Patch, instruction: u32, address: u64, value: u64) -> Result<u32, OutOfRange> {
        let mut code = instruction.to_le_bytes();
        patch.fill(&mut code, address, value)?;
        Ok(u32::from_le_bytes(code))
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        assert_eq!(filled(Patch::Absolute32, 0, 0, 0xffff_ffff), Ok(0xffff_ffff));
        assert_eq!(filled(Patch::Absolute32, 0, 0, 1 << 32), Err(OutOfRange));
        assert_eq!(filled(Patch::Signed32, 0, 0, 0x7fff_ffff), Ok(0x7fff_ffff));
        assert_eq!(filled(Patch::Signed32, 0, 0, 0x8000_0000), Err(OutOfRange));
        assert_eq!(filled(Patch::Signed32, 0, 0, -5i64 as u64), Ok(-5i32 as u32));
        assert_eq!(filled(Patch::Relative32, 0, 0x1000, 0xffc), Ok(-4i32 as u32));
        assert_eq!(filled(Patch::Relative32, 0, 0, 1 << 40), Err(OutOfRange));
    }

    #[test]
    fn aarch64_instructions_are_encoded() {
        // b .+8; b .-4; adrp x8, .+2 pages; ldr x8, [x8, #0x18]
        assert_eq!(filled(Patch::Branch26, 0x1400_0000, 0x4000, 0x4008), Ok(0x1400_0002));
        assert_eq!(filled(Patch::Branch26, 0x1400_0000, 0x4000, 0x3ffc), Ok(0x17ff_ffff));
        assert_eq!(filled(Patch::Branch26, 0x1400_0000, 0, 1 << 28), Err(OutOfRange));
        assert_eq!(filled(Patch::PoolPage, 0x9000_0008, 0x1234, 0x3018), Ok(0xd000_0008));
        assert_eq!(filled(Patch::PoolOffset, 0xf940_0108, 0x1234, 0x3018), Ok(0xf940_0d08));
        assert_eq!(filled(Patch::PoolOffset, 0xf940_0108, 0, 0x3019), Err(OutOfRange));
    }
}
