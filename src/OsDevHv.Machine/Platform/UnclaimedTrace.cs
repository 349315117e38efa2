using OsDevHv.Devices;

namespace OsDevHv.Machine.Platform;

/// <summary>Tells of accesses that no device answers, under <c>--trace unclaimed</c>.</summary>
internal sealed class UnclaimedTrace(TextWriter messages, TraceSwitches switches)
{
    /// <summary>The observer for the port bus.</summary>
    public IUnclaimedObserver ForPorts => new Observer(messages, switches, "port");

    /// <summary>The observer for the memory bus.</summary>
    public IUnclaimedObserver ForMemory => new Observer(messages, switches, "memory");

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

    private sealed class Observer(TextWriter messages, TraceSwitches switches, string space) : IUnclaimedObserver
    {
        public void FirstAccess(ulong address, int size, bool isWrite)
        {
            if (switches.IsOn(TraceCategories.Unclaimed))
            {
                messages.WriteLine($"unclaimed: {Describe(space, address, size, isWrite)}");
            }
        }
    }
}
