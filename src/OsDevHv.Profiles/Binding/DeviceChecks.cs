using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Binding;

/// <summary>What must hold between devices, and between them and the files and servers of the rest of the profile.</summary>
internal static class DeviceChecks
{
    private const int PortEnd = 0x10000;

    // Their registers, and what a write of a message-signalled interrupt reaches.
    private const ulong LocalApicStart = 0xfee0_0000;
    private const ulong LocalApicLast = 0xfeef_ffff;

    // Where RAM goes on.
    private const ulong HoleEnd = 0x1_0000_0000;

    /// <summary>There is one device at most of some types. Gives those that are not one too many.</summary>
    public static IReadOnlyList<BoundDevice> Singles(IReadOnlyList<BoundDevice> devices, ReadContext context)
    {
        var kept = new List<BoundDevice>();
        foreach (var device in devices)
        {
            var first = kept.FindIndex(other => device.Type.IsSingle && other.Type == device.Type);
            if (first < 0)
            {
                kept.Add(device);
                continue;
            }

            context.Report(
                DiagnosticCodes.SecondOfItsKind,
                device.RangePlace,
                $"{device.Device.Name} and {kept[first].Device.Name} are both of the type {device.Type.Name}, of which there is one "
                + "at most");
        }

        return kept;
    }

    /// <summary>No memory has two devices' registers or pixels, or a device's and the local APICs'; and all are below 4 GiB.</summary>
    public static void Memory(IReadOnlyList<BoundDevice> devices, ReadContext context)
    {
        var owners = new List<(string Name, ulong First, ulong Last, string Place)>
        {
            ("the local APICs", LocalApicStart, LocalApicLast, ""),
        };
        foreach (var device in devices)
        {
            if (device.Memory is not var (first, count))
            {
                continue;
            }

            var last = first + (count - 1);
            if (last >= HoleEnd)
            {
                context.Report(
                    DiagnosticCodes.MemoryPastEnd,
                    device.RangePlace,
                    $"{device.Device.Name} takes 0x{count:x} bytes, of which the last would be past 0xffffffff; its address is at most "
                    + $"0x{(HoleEnd - count) & ~0xffful:x}");
                continue;
            }

            var taken = owners.FindIndex(other => first <= other.Last && other.First <= last);
            if (taken >= 0)
            {
                var (name, theirs, _, place) = owners[taken];
                context.Report(
                    DiagnosticCodes.AddressOverlap,
                    device.RangePlace,
                    $"the {device.MemoryContents} of {device.Device.Name} at 0x{first:x} overlap those of {name} at 0x{theirs:x}{place}");
            }

            owners.Add((device.Device.Name, first, last, $", stated at {device.RangePlace}"));
        }
    }

    /// <summary>No port has two devices, and none lies past FFFFh. Interrupts may be shared, as COM1 and COM3 do.</summary>
    public static void Ports(IReadOnlyList<BoundDevice> devices, ReadContext context)
    {
        var owners = new Dictionary<int, BoundDevice>();
        foreach (var device in devices)
        {
            foreach (var (first, count) in device.Ports)
            {
                if (first + count > PortEnd)
                {
                    context.Report(
                        DiagnosticCodes.PortPastEnd,
                        device.RangePlace,
                        $"{device.Device.Name} takes {count} ports, of which the last would be past 0xffff; its port is at most "
                        + $"0x{PortEnd - count:x}");
                    continue;
                }

                Claim(owners, device, first, count, context);
            }
        }
    }

    /// <summary>One device at most reads stdin. Any number may write to stdout.</summary>
    public static void Readers(IReadOnlyList<BoundDevice> devices, ReadContext context)
    {
        BoundDevice? reader = null;
        foreach (var device in devices)
        {
            if (device is not { TakesInput: true, Connection.Kind: ConnectionKind.Stdio })
            {
                continue;
            }

            if (reader is { } first)
            {
                var (name, other) = (device.Device.Name, first.Device.Name);
                context.Report(
                    DiagnosticCodes.TwoReaders,
                    device.ConnectPlace,
                    $"{name} and {other} would both read stdin ({other} at {first.ConnectPlace}); connect one of them elsewhere, "
                    + $"as in --set devices.{name}.connect=file:{name}.log, or to null");
            }
            else
            {
                reader = device;
            }
        }
    }

    /// <summary>Each server has an address of its own.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="others">The servers that are no device's.</param>
    /// <param name="context">The reading.</param>
    public static void Servers(
        IReadOnlyList<BoundDevice> devices, IReadOnlyList<(string Owner, string Listen, Place Place)> others, ReadContext context)
    {
        var servers = new List<(string Owner, Connection Address, Place Place)>();
        foreach (var device in devices)
        {
            if (device.Connection is { Kind: ConnectionKind.Tcp or ConnectionKind.Unix } address)
            {
                servers.Add((device.Device.Name, address, device.ConnectPlace));
            }
        }

        servers.AddRange(others.Select(other => (other.Owner, new Connection(ConnectionKind.Tcp, other.Listen), other.Place)));

        for (var i = 1; i < servers.Count; i++)
        {
            var taken = servers.FindIndex(0, i, other => Collide(other.Address, servers[i].Address));
            if (taken >= 0)
            {
                context.Report(
                    DiagnosticCodes.AddressTaken,
                    servers[i].Place,
                    $"{servers[i].Owner} and {servers[taken].Owner} would both be served on {servers[i].Address.Target}; "
                    + $"{servers[taken].Owner}'s is stated at {servers[taken].Place}");
            }
        }
    }

    /// <summary>A file that is written is neither written by another device nor one of the machine's inputs.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="inputs">The files that the machine reads, and what each is.</param>
    /// <param name="context">The reading.</param>
    public static void Files(IReadOnlyList<BoundDevice> devices, IReadOnlyList<(string What, string Path)> inputs, ReadContext context)
    {
        var users = new Dictionary<string, string>();
        foreach (var (what, path) in inputs)
        {
            users.TryAdd(path, what);
        }

        foreach (var device in devices)
        {
            if (device.Connection is { Kind: ConnectionKind.File } file && !users.TryAdd(file.Target, $"what {device.Device.Name} writes"))
            {
                context.Report(
                    DiagnosticCodes.FileTaken,
                    device.ConnectPlace,
                    $"{device.Device.Name} would overwrite this file, which is {users[file.Target]}; name another");
            }
        }
    }

    /// <summary>What is reached through the fw_cfg device needs it.</summary>
    /// <param name="devices">The devices, all of which are known.</param>
    /// <param name="items">The items that are added to it.</param>
    /// <param name="context">The reading.</param>
    public static void FwCfg(IReadOnlyList<BoundDevice> devices, Field<IReadOnlyList<FirmwareItem>> items, ReadContext context)
    {
        if (devices.Any(device => device.Device is FwCfgProfile))
        {
            return;
        }

        const string way = "and there is none: add fw-cfg: { type: fw-cfg } to devices";
        foreach (var device in devices.Where(device => device.Device is RamfbProfile))
        {
            context.Report(
                DiagnosticCodes.NoFwCfg, device.RangePlace, $"a guest sets up {device.Device.Name} through a fw-cfg device, {way}");
        }

        if (items.Value.Count > 0)
        {
            context.Report(DiagnosticCodes.NoFwCfg, items.Place, $"firmware-config adds to the items of a fw-cfg device, {way}");
        }
    }

    private static bool Collide(Connection a, Connection b) =>
        a.Kind == b.Kind && (a.Kind == ConnectionKind.Tcp ? Endpoint.Collide(a.Target, b.Target) : a.Target == b.Target);

    private static void Claim(Dictionary<int, BoundDevice> owners, BoundDevice device, int first, int count, ReadContext context)
    {
        for (var port = first; port < first + count; port++)
        {
            if (owners.TryAdd(port, device))
            {
                continue;
            }

            var owner = owners[port];
            if (owner == device)
            {
                context.Report(
                    DiagnosticCodes.PortOverlap,
                    device.RangePlace,
                    $"{device.Device.Name} would have two registers at port 0x{port:x}; move its port");
                return;
            }

            context.Report(
                DiagnosticCodes.PortOverlap,
                device.RangePlace,
                $"{device.Device.Name} and {owner.Device.Name} both take port 0x{port:x}; {owner.Device.Name}'s is stated at "
                + $"{owner.RangePlace}");
            return;
        }
    }
}
