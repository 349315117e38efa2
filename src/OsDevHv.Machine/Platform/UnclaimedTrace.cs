using OsDevHv.Devices;

namespace OsDevHv.Machine.Platform;

/// <summary>Tells of accesses that no device answers, under <c>--trace unclaimed</c>.</summary>
internal sealed class UnclaimedTrace(MachineOptions options)
{
    private readonly bool _wanted = (options.Trace & TraceCategories.Unclaimed) != 0;

    /// <summary>The observer for the port bus, or null when nobody wants to know.</summary>
    public IUnclaimedObserver? ForPorts => _wanted ? new Observer(options.Messages, "port") : null;

    /// <summary>The observer for the memory bus, or null when nobody wants to know.</summary>
    public IUnclaimedObserver? ForMemory => _wanted ? new Observer(options.Messages, "memory") : null;

    /// <summary>Lists every kind with its count.</summary>
    public static void WriteSummary(TextWriter writer, IReadOnlyList<UnclaimedAccess> ports, IReadOnlyList<UnclaimedAccess> memory)
    {
        if (ports.Count + memory.Count == 0)
        {
            writer.WriteLine("unclaimed: none");
        }
        Write(writer, "port", ports);
        Write(writer, "memory", memory);
    }

    /// <summary>Lists the accesses of one bus.</summary>
    public static void Write(TextWriter writer, string space, IReadOnlyList<UnclaimedAccess> accesses)
    {
        foreach (UnclaimedAccess access in accesses)
        {
            writer.WriteLine($"unclaimed: {Describe(space, access.Address, access.Size, access.IsWrite)}, {access.Count} times");
        }
    }

    private static string Describe(string space, ulong address, int size, bool isWrite) =>
        $"{space} {address:x}h, {(isWrite ? "write" : "read")} of {size} {(size == 1 ? "byte" : "bytes")}";

    private sealed class Observer(TextWriter messages, string space) : IUnclaimedObserver
    {
        public void FirstAccess(ulong address, int size, bool isWrite) =>
            messages.WriteLine($"unclaimed: {Describe(space, address, size, isWrite)}");
    }
}
