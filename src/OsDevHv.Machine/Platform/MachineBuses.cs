using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Consoles;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Platform;

/// <summary>Takes guest accesses from exits to the buses. Called by all vCPU threads at once; allocates nothing.</summary>
internal sealed class MachineBuses(PortBus ports, MmioBus mmio, IGuestMemory memory) : IExitHandler
{
    private HostConsole[] _consoles = [];

    /// <summary>The consoles whose slow readers make vCPUs pause.</summary>
    public void SetConsoles(IEnumerable<HostConsole> consoles) => _consoles = [.. consoles.Distinct()];

    /// <inheritdoc/>
    public bool IsCongested
    {
        get
        {
            foreach (HostConsole console in _consoles)
            {
                if (console.IsCongested)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <inheritdoc/>
    public void PortIo(in VcpuExit exit, Span<byte> data)
    {
        ushort port = (ushort)exit.Address;
        for (int at = 0; at + exit.Size <= data.Length; at += exit.Size)
        {
            Span<byte> element = data.Slice(at, exit.Size);
            if (exit.IsWrite)
            {
                ports.Write(port, exit.Size, (uint)Load(element));
            }
            else
            {
                Store(element, ports.Read(port, exit.Size));
            }
        }
    }

    /// <inheritdoc/>
    public void Mmio(in VcpuExit exit, Span<byte> data)
    {
        // A page can become read-only or writable again while an access to it is under way; RAM is served as RAM then.
        if (exit.IsWrite ? memory.TryWrite(exit.Address, data) : memory.TryRead(exit.Address, data))
        {
            return;
        }
        // An access that crosses a page comes in pieces of any length.
        int piece = data.Length is 1 or 2 or 4 or 8 ? data.Length : 1;
        for (int at = 0; at < data.Length; at += piece)
        {
            ulong address = unchecked(exit.Address + (ulong)at);
            if (exit.IsWrite)
            {
                mmio.Write(address, piece, Load(data.Slice(at, piece)));
            }
            else
            {
                Store(data.Slice(at, piece), mmio.Read(address, piece));
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>No device has MSRs; one that KVM does not know does not exist: #GP, as on hardware.</remarks>
    public bool Msr(in VcpuExit exit, Span<byte> data) => false;

    private static ulong Load(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    private static void Store(Span<byte> bytes, ulong value)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(value >> (8 * i));
        }
    }
}
