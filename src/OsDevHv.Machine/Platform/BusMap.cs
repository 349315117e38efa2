using System.Text;
using OsDevHv.Devices;
using OsDevHv.Gdb;

namespace OsDevHv.Machine.Platform;

/// <summary><c>monitor mtree</c>: what answers at which memory address and port.</summary>
internal sealed class BusMap(VirtualMachine machine)
{
    private const ulong LocalApicBytes = 0x1000;
    private const ulong PageMask = ~0xfffUL;

    public string Describe()
    {
        var memory = new List<BusRange>(machine.Buses.Memory.Map);
        foreach (MemoryRange range in machine.Target.MemoryMap)
        {
            memory.Add(new BusRange(range.Start, range.Start + (range.Length - 1), range.IsRam ? "RAM" : "ROM"));
        }
        lock (machine.Fabric.Lock)
        {
            for (int cpu = 0; cpu < machine.Fabric.LocalApics.Count; cpu++)
            {
                ulong at = machine.Fabric.LocalApics[cpu].Base & PageMask & 0xf_ffff_ffff_ffff;
                string name = "local APIC of each CPU";
                if (!memory.Exists(range => range.First == at && range.Device == name))
                {
                    memory.Add(new BusRange(at, at + (LocalApicBytes - 1), name));
                }
            }
        }
        var text = new StringBuilder("memory\n");
        foreach (BusRange range in memory.OrderBy(static range => range.First))
        {
            text.Append($"  {range.First:x16}-{range.Last:x16} {range.Device}\n");
        }
        text.Append("ports\n");
        foreach (BusRange range in machine.Buses.Ports.Map)
        {
            text.Append($"  {range.First:x4}-{range.Last:x4} {range.Device}\n");
        }
        return text.ToString();
    }
}
