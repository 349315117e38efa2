using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Binding;

/// <summary>Makes the devices of a merged profile, in its order.</summary>
internal static class DeviceBinder
{
    /// <summary>The devices that have no errors of their own.</summary>
    public static IReadOnlyList<BoundDevice> Bind(SectionReader root, ReadContext context)
    {
        if (root.Find(ProfileKeys.Devices) is not { } entry)
        {
            return [];
        }

        if (entry.Value is not MapNode map)
        {
            context.Report(
                DiagnosticCodes.WrongShape, entry.Value.Place, $"devices is {ProfileKeys.Devices.Expectation}, not {entry.Value.Shape}");
            return [];
        }

        var bound = new List<BoundDevice>();
        foreach (var device in map.Entries)
        {
            var before = context.Diagnostics.Count;
            if (BindOne(device, map, context) is { } read && context.Diagnostics.Count == before)
            {
                bound.Add(read);
            }
        }

        return bound;
    }

    private static BoundDevice? BindOne(MapEntry entry, MapNode devices, ReadContext context)
    {
        var label = $"{ProfileKeys.Devices.Name}.{entry.Name}";
        if (!DeviceName.IsValid(entry.Name))
        {
            context.Report(
                DiagnosticCodes.BadDeviceName,
                entry.Place,
                $"{Quoting.Short(entry.Name)} is not a device name: a letter, then letters, digits, '-' and '_', 32 at most");
            label = $"device {Quoting.Short(entry.Name)}";
        }

        if (entry.Value is not MapNode map)
        {
            context.Report(
                DiagnosticCodes.WrongShape, entry.Value.Place, $"{label} is a map such as {{ type: debug-exit }}, not {entry.Value.Shape}");
            return null;
        }

        if (TypeOf(map, entry, label, devices, context) is not { } type)
        {
            return null;
        }

        var fields = SectionReader.Open(map, entry.Place, label, type.AllKeys, context);
        return new BoundDevice(
            type.Read(entry.Name, fields),
            type,
            map.Find(DeviceTypes.Port.Name)?.Value.Place ?? map.Find(DeviceTypes.IoApicAddress.Name)?.Value.Place ?? entry.Place,
            map.Find(DeviceTypes.Connect.Name)?.Value.Place ?? entry.Place);
    }

    private static DeviceType? TypeOf(MapNode map, MapEntry entry, string label, MapNode devices, ReadContext context)
    {
        if (map.Find(DeviceTypes.TypeKey) is not { Value.IsNull: false } stated)
        {
            if (!context.Incomplete)
            {
                var others = devices.Entries.Select(device => device.Name).Where(name => name != entry.Name);
                var hint = Spelling.Nearest(entry.Name, others) is { } near ? $" (is this to be '{near}'?)" : "";
                context.Report(
                    DiagnosticCodes.MissingKey,
                    entry.Place,
                    $"{label} has no type, and none of that name is inherited{hint}; types: {TypeNames()}");
            }

            return null;
        }

        if (!DeviceTypes.Type.Kind.TryRead(stated.Value, $"{label}.{DeviceTypes.TypeKey}", context, out var name))
        {
            return null;
        }

        if (DeviceTypes.Find(name) is { } type)
        {
            return type;
        }

        context.Report(
            DiagnosticCodes.UnknownDeviceType,
            stated.Value.Place,
            $"unknown device type {Quoting.Short(name)}{Spelling.Hint(name, [.. DeviceTypes.All.Select(known => known.Name)])}");
        return null;
    }

    private static string TypeNames() => string.Join(", ", DeviceTypes.All.Select(type => type.Name));
}
