"""What an ELF file says of itself: its machine, and its sections by name.

<https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html>; 64 bits and little endian, as both of Lambda's
architectures are.
"""

import struct

from errors import PackageError

# e_machine, in Lambda's words.
MACHINES = {62: "x86_64", 183: "arm64"}
IDENTIFICATION = b"\x7fELF\x02\x01\x01"
SECTION = struct.Struct("<IIQQQQIIQQ")


def machine(content: bytes) -> str:
    """The architecture, as Lambda spells it; anything else in words."""
    if not content.startswith(IDENTIFICATION) or len(content) < 64:
        return "no 64-bit ELF file"
    (number,) = struct.unpack_from("<H", content, 18)
    return MACHINES.get(number, f"ELF machine {number}")


def section(content: bytes, name: str) -> bytes | None:
    """The bytes of the section `name` of a file whose machine is known; None if there is no such section."""
    (table,) = struct.unpack_from("<Q", content, 40)
    size, count, names = struct.unpack_from("<HHH", content, 58)
    try:
        headers = [SECTION.unpack_from(content, table + size * at) for at in range(count)]
        if not headers:
            return None
        start = headers[names][4]
        wanted = name.encode() + b"\0"
        for header in headers:
            if content.startswith(wanted, start + header[0]):
                return content[header[4] : header[4] + header[5]]
    except (IndexError, struct.error) as error:
        raise PackageError("the section headers of a binary cannot be read") from error
    return None
