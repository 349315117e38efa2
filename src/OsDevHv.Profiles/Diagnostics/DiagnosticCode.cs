namespace OsDevHv.Profiles;

/// <summary>A kind of error in a profile.</summary>
/// <param name="Id"><c>OSDV</c> and three digits; never given to another kind.</param>
/// <param name="Title">A few words.</param>
/// <param name="Explanation">What it means and what to do, a sentence or two.</param>
public sealed record DiagnosticCode(string Id, string Title, string Explanation);

/// <summary>Every kind of error in a profile. configs/README.md lists them too.</summary>
public static class DiagnosticCodes
{
    /// <summary>OSDV001.</summary>
    public static readonly DiagnosticCode FileNotFound = new("OSDV001", "no such file",
        "The profile, or one that it extends, is not there. A name in 'extends' is looked up beside the file that says it, then among "
        + "the shipped profiles.");

    /// <summary>OSDV002.</summary>
    public static readonly DiagnosticCode Unreadable = new("OSDV002", "unreadable file",
        "It is a directory, or its permissions or the disk forbid reading it.");

    /// <summary>OSDV003.</summary>
    public static readonly DiagnosticCode TooLarge = new("OSDV003", "file too large",
        "A profile has at most 256 KiB. A kernel under this name? Kernels are recognised by their content, unless they end in .yaml or "
        + ".yml.");

    /// <summary>OSDV004.</summary>
    public static readonly DiagnosticCode NotText = new("OSDV004", "not UTF-8 text",
        "A profile is YAML in UTF-8, with or without a byte order mark.");

    /// <summary>OSDV005.</summary>
    public static readonly DiagnosticCode EmptyFile = new("OSDV005", "empty file",
        "There is nothing in it but comments and space.");

    /// <summary>OSDV006.</summary>
    public static readonly DiagnosticCode Syntax = new("OSDV006", "not YAML",
        "The text breaks YAML's rules: most often indentation, a missing space after a colon, or a bracket or quote that is not closed.");

    /// <summary>OSDV007.</summary>
    public static readonly DiagnosticCode SecondDocument = new("OSDV007", "several documents",
        "A profile is one YAML document; '---' may stand only at its beginning.");

    /// <summary>OSDV008.</summary>
    public static readonly DiagnosticCode DuplicateKey = new("OSDV008", "duplicate key",
        "A map names a key twice. Remove one.");

    /// <summary>OSDV009.</summary>
    public static readonly DiagnosticCode UnsupportedYaml = new("OSDV009", "YAML that profiles do not use",
        "Tags, merge keys (<<) and keys that are lists or maps.");

    /// <summary>OSDV010.</summary>
    public static readonly DiagnosticCode TooComplex = new("OSDV010", "nested too deeply or too large",
        "More than 32 levels of nesting, or more than 100,000 values once aliases are written out.");

    /// <summary>OSDV011.</summary>
    public static readonly DiagnosticCode TooManyErrors = new("OSDV011", "too many errors",
        "Only the first hundred errors are listed.");

    /// <summary>OSDV020.</summary>
    public static readonly DiagnosticCode UnknownKey = new("OSDV020", "unknown key",
        "No such key is known at this place.");

    /// <summary>OSDV021.</summary>
    public static readonly DiagnosticCode WrongShape = new("OSDV021", "wrong shape",
        "A map stands where a single value belongs, or the like.");

    /// <summary>OSDV022.</summary>
    public static readonly DiagnosticCode MissingKey = new("OSDV022", "missing key",
        "Something that has no default is not stated.");

    /// <summary>OSDV023.</summary>
    public static readonly DiagnosticCode UnknownDeviceType = new("OSDV023", "unknown device type",
        "There is no model of that name.");

    /// <summary>OSDV024.</summary>
    public static readonly DiagnosticCode BadChoice = new("OSDV024", "not one of the choices",
        "The value is one of a few words; they are written exactly as listed.");

    /// <summary>OSDV025.</summary>
    public static readonly DiagnosticCode BadInteger = new("OSDV025", "not an integer",
        "Integers are decimal (4) or hexadecimal (0x2f8), without quotes, leading zeros, fractions or separators.");

    /// <summary>OSDV026.</summary>
    public static readonly DiagnosticCode OutOfRange = new("OSDV026", "out of range",
        "The number, size or duration is outside what is possible.");

    /// <summary>OSDV027.</summary>
    public static readonly DiagnosticCode BadBoolean = new("OSDV027", "neither true nor false",
        "In YAML 1.2 only true and false are booleans: not yes, no, on, off, 0 or 1.");

    /// <summary>OSDV028.</summary>
    public static readonly DiagnosticCode BadSize = new("OSDV028", "not a size",
        "A size is bytes, decimal or hexadecimal, or a whole number with K, M, G, T or KiB, MiB, GiB, TiB: powers of 1024.");

    /// <summary>OSDV029.</summary>
    public static readonly DiagnosticCode BadDuration = new("OSDV029", "not a duration",
        "A duration is a whole number with ms, s, m or h: 500ms, 30s, 2m, 1h.");

    /// <summary>OSDV030.</summary>
    public static readonly DiagnosticCode BadText = new("OSDV030", "text that cannot be used",
        "It is too long or holds a character that cannot be passed on, such as a NUL in a command line.");

    /// <summary>OSDV031.</summary>
    public static readonly DiagnosticCode BadPath = new("OSDV031", "not a path",
        "A path is not empty and has no NUL; the path of a Unix socket has at most 107 bytes.");

    /// <summary>OSDV032.</summary>
    public static readonly DiagnosticCode BadEndpoint = new("OSDV032", "not an address",
        "An address is HOST:PORT: 127.0.0.1:1234, localhost:1234, \"[::1]:1234\" (quoted, for YAML's sake). Port 0 is any free one.");

    /// <summary>OSDV033.</summary>
    public static readonly DiagnosticCode BadConnection = new("OSDV033", "not a connection",
        "A connection is null, stdio, file:PATH, tcp:HOST:PORT, unix:PATH or pty.");

    /// <summary>OSDV034.</summary>
    public static readonly DiagnosticCode BadPattern = new("OSDV034", "not a regular expression",
        "A pattern in .NET's syntax, without back references and look-around, so that matching takes linear time.");

    /// <summary>OSDV035.</summary>
    public static readonly DiagnosticCode BadDeviceName = new("OSDV035", "not a device name",
        "A device's name has 1 to 32 characters: a letter, then letters, digits, '-' and '_'.");

    /// <summary>OSDV036.</summary>
    public static readonly DiagnosticCode BadInstant = new("OSDV036", "not a time",
        "What a clock shows at the start is utc, localtime, or an instant with date, time and zone: 2026-01-01T00:00:00Z, or an offset "
        + "such as +01:00 in place of Z.");

    /// <summary>OSDV038.</summary>
    public static readonly DiagnosticCode BadKeys = new("OSDV038", "not keys",
        "Keys are pressed by the names that QEMU's sendkey has for them, joined by '-': a, ret, ctrl-alt-delete; or text is typed, of the "
        + "characters of the US layout.");

    /// <summary>OSDV040.</summary>
    public static readonly DiagnosticCode ExtendsCycle = new("OSDV040", "a profile extends itself",
        "Directly, or through others; the message names the circle.");

    /// <summary>OSDV041.</summary>
    public static readonly DiagnosticCode ExtendsTooDeep = new("OSDV041", "too many profiles extended",
        "A chain of more than 16, or more than 64 files in all.");

    /// <summary>OSDV042.</summary>
    public static readonly DiagnosticCode NothingToRemove = new("OSDV042", "no such device to remove",
        "null removes an inherited device; none of that name is inherited.");

    /// <summary>OSDV050.</summary>
    public static readonly DiagnosticCode BadOverride = new("OSDV050", "not an override",
        "An override is PATH=VALUE: dotted keys, list items by number from 0, then a value; 'extends' cannot be overridden.");

    /// <summary>OSDV051.</summary>
    public static readonly DiagnosticCode BadOverrideIndex = new("OSDV051", "no such list item",
        "A list item is overridden by its number from 0; the number after the last adds one.");

    /// <summary>OSDV060.</summary>
    public static readonly DiagnosticCode PortOverlap = new("OSDV060", "two devices on one port",
        "Two devices claim the same I/O port. Move one, or remove it with null.");

    /// <summary>OSDV061.</summary>
    public static readonly DiagnosticCode PortPastEnd = new("OSDV061", "ports past the end",
        "The device's last port would be above FFFFh.");

    /// <summary>OSDV062.</summary>
    public static readonly DiagnosticCode TwoReaders = new("OSDV062", "two readers of stdin",
        "Any number of outputs may go to stdio, but input can go to one device only. A UART takes input; a debug console does not.");

    /// <summary>OSDV063.</summary>
    public static readonly DiagnosticCode AddressTaken = new("OSDV063", "two servers on one address",
        "Each server needs an address of its own. Port 0 is any free one.");

    /// <summary>OSDV064.</summary>
    public static readonly DiagnosticCode FileTaken = new("OSDV064", "a file used twice",
        "A file that a device writes is emptied first, so it can be neither another device's output nor something that the machine reads.");

    /// <summary>OSDV065.</summary>
    public static readonly DiagnosticCode WaitWithoutListen = new("OSDV065", "wait without listen",
        "A machine that waits for a debugger needs an address on which one can come: debug.gdb.listen, or --gdb.");

    /// <summary>OSDV066.</summary>
    public static readonly DiagnosticCode FlatOptions = new("OSDV066", "options of another boot protocol",
        "boot.flat is for 'protocol: flat' only. Where it is inherited, 'flat: null' removes it.");

    /// <summary>OSDV067.</summary>
    public static readonly DiagnosticCode FlatPlace = new("OSDV067", "flat binary out of reach",
        "The address lies outside RAM, or where the mode cannot execute: real mode ends at 1 MiB, protected mode at 4 GiB. The entry is "
        + "not below the address.");

    /// <summary>OSDV068.</summary>
    public static readonly DiagnosticCode PassAndFail = new("OSDV068", "a value both pass and fail",
        "An exit value means one verdict.");

    /// <summary>OSDV069.</summary>
    public static readonly DiagnosticCode NoExitDevice = new("OSDV069", "exit values without a device",
        "verdict maps exit values, but no debug-exit device is there to receive them.");

    /// <summary>OSDV070.</summary>
    public static readonly DiagnosticCode MissingInput = new("OSDV070", "an input file is missing",
        "The kernel, a module or the content of a fw_cfg item is not there, or is a directory. Where it is yet to be built, 'osdevhv check' does not ask for it.");

    /// <summary>OSDV071.</summary>
    public static readonly DiagnosticCode AddressOverlap = new("OSDV071", "two devices at one address",
        "The registers of two devices, or of one and the local APICs at 0xfee00000 to 0xfeefffff, overlap in memory. Move one.");

    /// <summary>OSDV072.</summary>
    public static readonly DiagnosticCode SecondOfItsKind = new("OSDV072", "two of a kind",
        "A machine has one device of this type at most. Remove one with null.");

    /// <summary>OSDV080.</summary>
    public static readonly DiagnosticCode BadItemName = new("OSDV080", "not the name of a fw_cfg item",
        "A name has 1 to 55 printable ASCII characters.");

    /// <summary>OSDV081.</summary>
    public static readonly DiagnosticCode ItemTaken = new("OSDV081", "a fw_cfg item of the machine's own",
        "The machine makes an item of that name itself. Names that begin with opt/ are kept for users.");

    /// <summary>OSDV082.</summary>
    public static readonly DiagnosticCode ItemContent = new("OSDV082", "a fw_cfg item without one content",
        "An item has one of file, string and hex; or none of them where it is writable, and then begins as zeros.");

    /// <summary>OSDV083.</summary>
    public static readonly DiagnosticCode BadHex = new("OSDV083", "not bytes in hexadecimal",
        "Bytes are two hexadecimal digits each, with spaces between bytes or not, best in quotes: \"01 23 ab\".");

    /// <summary>OSDV084.</summary>
    public static readonly DiagnosticCode NoFwCfg = new("OSDV084", "no fw-cfg device",
        "ramfb and firmware-config are reached through a device of the type fw-cfg.");

    /// <summary>OSDV078.</summary>
    public static readonly DiagnosticCode NoKeyboard = new("OSDV078", "keys without a keyboard",
        "input.keys says what to press, but no keyboard-controller device is there.");

    /// <summary>OSDV079.</summary>
    public static readonly DiagnosticCode MemoryPastEnd = new("OSDV079", "memory past the end",
        "A device's memory ends below 4 GiB. Move it, or make it smaller.");

    /// <summary>OSDV085.</summary>
    public static readonly DiagnosticCode NotLoopback = new("OSDV085", "not an address of this host alone",
        "The page of a machine hands it to whoever opens it, so it is served on loopback addresses only: 127.0.0.1, [::1], localhost.");

    /// <summary>OSDV090.</summary>
    public static readonly DiagnosticCode BadExpectation = new("OSDV090", "not an expectation",
        "What is expected of a case cannot be read. The message shows how it is written.");

    /// <summary>OSDV091.</summary>
    public static readonly DiagnosticCode BadMatrix = new("OSDV091", "not a matrix",
        "A matrix maps cpus, memory, boot or a key of a profile, its sections joined by dots, to a list of values.");

    /// <summary>OSDV092.</summary>
    public static readonly DiagnosticCode TwoStandings = new("OSDV092", "expected to fail and quarantined",
        "A case is one or the other. Remove one with null.");

    /// <summary>OSDV093.</summary>
    public static readonly DiagnosticCode NoCases = new("OSDV093", "nothing to run",
        "A suite without cases, a directory without suites and kernels, or a glob that no file matches.");

    /// <summary>OSDV094.</summary>
    public static readonly DiagnosticCode BadSnapshotPoint = new("OSDV094", "not a moment for a snapshot",
        "One of at: ready, symbol, serial and time says when.");

    /// <summary>OSDV095.</summary>
    public static readonly DiagnosticCode TooManyCases = new("OSDV095", "too many cases",
        "A plan has at most 100,000 cases. A matrix multiplies.");

    /// <summary>Every code, by number.</summary>
    public static IReadOnlyList<DiagnosticCode> All { get; } =
    [
        FileNotFound, Unreadable, TooLarge, NotText, EmptyFile, Syntax, SecondDocument, DuplicateKey, UnsupportedYaml, TooComplex,
        TooManyErrors,
        UnknownKey, WrongShape, MissingKey, UnknownDeviceType, BadChoice, BadInteger, OutOfRange, BadBoolean, BadSize, BadDuration, BadText,
        BadPath, BadEndpoint, BadConnection, BadPattern, BadDeviceName, BadInstant, BadKeys,
        ExtendsCycle, ExtendsTooDeep, NothingToRemove,
        BadOverride, BadOverrideIndex,
        PortOverlap, PortPastEnd, TwoReaders, AddressTaken, FileTaken, WaitWithoutListen, FlatOptions, FlatPlace, PassAndFail, NoExitDevice,
        MissingInput, AddressOverlap, SecondOfItsKind, NoKeyboard, MemoryPastEnd,
        BadItemName, ItemTaken, ItemContent, BadHex, NoFwCfg, NotLoopback,
        BadExpectation, BadMatrix, TwoStandings, NoCases, BadSnapshotPoint, TooManyCases,
    ];
}
