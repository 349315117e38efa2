using OsDevHv.Devices;
using OsDevHv.Machine.Memory;
using static OsDevHv.Machine.Firmware.ResourceDescriptors;

namespace OsDevHv.Machine.Firmware;

/// <summary>
/// The differentiated system description table (ACPI 6.5, 5.2.11.1): processors, the devices of the board with their resources, and how
/// to turn the machine off. Names and resources as on QEMU. It has no methods.
/// </summary>
internal static class Dsdt
{
    /// <summary>How many serial ports have a name: a digit, then letters.</summary>
    private const int NamedUarts = 32;

    // Revision 2 gives integers 64 bits.
    private const byte Revision = 2;
    private const byte CascadeIrq = 2;

    // Present, decoding, functioning, but not for people to see (6.3.7).
    private const uint PresentNotShown = 0x0b;
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public static byte[] Build(FirmwareMachine machine)
    {
        List<byte[]> board = [];
        AddProcessors(board, machine.CpuCount);
        AddTimers(board, machine);
        if (machine.HasPic)
        {
            board.Add(Device("PIC", "PNP0000", Resources(Ports(0x20, 2), Ports(0xa0, 2), Ports(0x4d0, 2), Irq(CascadeIrq))));
        }

        if (machine.HasKeyboardController)
        {
            board.Add(Device("KBD", "PNP0303", Resources(Ports(0x60, 1), Ports(0x64, 1), Irq(1))));
        }

        if (machine.HasMouse)
        {
            board.Add(Device("MOU", "PNP0F13", Resources(Irq(12))));
        }

        AddUarts(board, machine.Uarts);
        if (machine.HasFwCfg)
        {
            byte[] status = Aml.Name("_STA", Aml.Integer(PresentNotShown));
            board.Add(Aml.Device("FWCF", Aml.Name("_HID", Aml.String("QEMU0002")), status, Resources(Ports(0x510, 12))));
        }

        StructureBuilder dsdt = new();
        dsdt.Bytes(Aml.Scope("\\_SB", [.. board]));
        if (machine.PowerManagement is not null)
        {
            byte[] zero = Aml.Integer(0);
            dsdt.Bytes(Aml.Name("\\_S5", Aml.Package(zero, zero, zero, zero)));
        }

        return AcpiTables.WithHeader("DSDT", Revision, dsdt);
    }

    private static void AddProcessors(List<byte[]> board, int count)
    {
        for (int index = 0; index < count; index++)
        {
            board.Add(Aml.Device($"C{index:X3}", Aml.Name("_HID", Aml.String("ACPI0007")), Aml.Name("_UID", Aml.Integer((uint)index))));
        }
    }

    private static void AddTimers(List<byte[]> board, FirmwareMachine machine)
    {
        if (machine.HasPit)
        {
            board.Add(Device("TIMR", "PNP0100", Resources(Ports(0x40, 4), Irq(0))));
            board.Add(Device("SPKR", "PNP0800", Resources(Ports(0x61, 1))));
        }

        if (machine.HasRtc)
        {
            board.Add(Device("RTC", "PNP0B00", Resources(Ports(0x70, 4), Irq(8))));
        }

        if (machine.Hpet is { } hpet)
        {
            byte[] number = Aml.Name("_UID", Aml.Integer(0));
            board.Add(Device("HPET", "PNP0103", number, Resources(FixedMemory(hpet.Address, Hpet.Length))));
        }
    }

    private static void AddUarts(List<byte[]> board, IReadOnlyList<FirmwareUart> uarts)
    {
        for (int index = 0; index < Math.Min(uarts.Count, NamedUarts); index++)
        {
            FirmwareUart uart = uarts[index];
            bool isShared = uarts.Count(other => other.Irq == uart.Irq) > 1;
            byte[] number = Aml.Name("_UID", Aml.Integer((uint)index + 1));
            board.Add(Device($"COM{Digits[index + 1]}", "PNP0501", number, Resources(Ports(uart.Port, 8), Irq(uart.Irq, isShared))));
        }
    }

    private static byte[] Device(string name, string id, params ReadOnlySpan<byte[]> content) =>
        Aml.Device(name, [Aml.Name("_HID", Aml.EisaId(id)), .. content]);
}
