using System.ComponentModel;
using System.Diagnostics;
using OsDevHv.Machine.Firmware;

namespace OsDevHv.Tests.Firmware;

/// <summary>ACPICA's compiler and disassembler reads every ACPI table but the root pointer, and what it reads is what was meant.</summary>
public sealed class CompilerTests : IDisposable
{
    private static readonly string[] s_complaints = ["error", "warning", "remark", "invalid", "incorrect", "unknown", "exceed", "expected"];

    private readonly string _folder = Directory.CreateTempSubdirectory("osdevhv-acpi-").FullName;

    public static TheoryData<string> MachineNames => Machines.Names;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(MachineNames))]
    public void Every_table_is_disassembled_without_a_complaint(string machine)
    {
        foreach (FirmwareTable table in AcpiTables(machine))
        {
            string output = Disassemble(table);

            Assert.DoesNotContain(s_complaints, word => output.Contains(word, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void A_wrong_checksum_is_complained_of()
    {
        FirmwareTable madt = Machines.Pc.Table("APIC");
        byte[] bytes = madt.Bytes.ToArray();
        bytes[9]++;

        string output = Disassemble(madt with { Bytes = bytes });

        Assert.Contains(s_complaints, word => output.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(MachineNames))]
    public void What_is_disassembled_compiles_to_the_same_table(string machine)
    {
        foreach (FirmwareTable table in AcpiTables(machine))
        {
            Disassemble(table);

            // Without optimizations, so that it keeps encodings.
            string output = Run("-oa", "-p", FileOf(table, "-again"), FileOf(table, ".dsl"));

            Assert.DoesNotContain("Error  ", output, StringComparison.Ordinal);
            Assert.DoesNotContain("Warning  ", output, StringComparison.Ordinal);
            byte[] again = File.ReadAllBytes(FileOf(table, "-again.aml"));
            Assert.Equal(WithoutCompiler(table.Name, table.Bytes.ToArray()), WithoutCompiler(table.Name, again));
        }
    }

    [Fact]
    public void The_devices_of_a_pc_read_as_they_are_declared()
    {
        FirmwareTable dsdt = Machines.Pc.Table("DSDT");

        Disassemble(dsdt);

        string text = string.Join(' ', File.ReadAllText(FileOf(dsdt, ".dsl")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("DefinitionBlock (\"\", \"DSDT\", 2, \"OSDVHV\", \"OSDEVHV \", 0x00000001)", text, StringComparison.Ordinal);
        Assert.Contains(
            "Name (_HID, \"ACPI0007\" /* Processor Device */) // _HID: Hardware ID Name (_UID, One)", text, StringComparison.Ordinal);
        AssertDevice(text, "TIMR", "PNP0100", "IO (Decode16, 0x0040, // Range Minimum 0x0040,", "0x01, // Alignment 0x04,", "{0}");
        AssertDevice(text, "RTC", "PNP0B00", "IO (Decode16, 0x0070,", "0x04, // Length", "IRQNoFlags () {8}");
        AssertDevice(text, "HPET", "PNP0103", "Memory32Fixed (ReadOnly, 0xFED00000, // Address Base 0x00000400,");
        AssertDevice(text, "PIC", "PNP0000", "0x0020,", "0x00A0,", "0x04D0,", "IRQNoFlags () {2}");
        AssertDevice(text, "MOU", "PNP0F13", "IRQNoFlags () {12}");
        AssertDevice(text, "KBD", "PNP0303", "0x0060,", "0x0064,", "IRQNoFlags () {1}");
        AssertDevice(text, "COM1", "PNP0501", "Name (_UID, One)", "0x03F8,", "0x08, // Length", "IRQ (Edge, ActiveHigh, Shared, ) {4}");
        AssertDevice(text, "COM2", "PNP0501", "Name (_UID, 0x02)", "0x02F8,", "IRQ (Edge, ActiveHigh, Shared, ) {3}");
        Assert.Contains(
            "Device (FWCF) { Name (_HID, \"QEMU0002\") // _HID: Hardware ID Name (_STA, 0x0B) // _STA: Status Name (_CRS,",
            text,
            StringComparison.Ordinal);
        Assert.Contains("IO (Decode16, 0x0510, // Range Minimum 0x0510, // Range Maximum 0x01, // Alignment 0x0C,", text, StringComparison.Ordinal);
        Assert.Contains("Name (\\_S5, Package (0x04) // _S5_: S5 System State { Zero, Zero, Zero, Zero })", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_serial_port_with_an_interrupt_of_its_own_does_not_share_it()
    {
        FirmwareTable dsdt = (Machines.Bare with { Uarts = [new(0x3f8, 4), new(0x2f8, 3)] }).Table("DSDT");

        Disassemble(dsdt);

        string text = File.ReadAllText(FileOf(dsdt, ".dsl"));
        Assert.DoesNotContain("Shared", text, StringComparison.Ordinal);
        Assert.DoesNotContain("_S5", text, StringComparison.Ordinal);
    }

    /// <summary>A table without what says which compiler made it, and the checksum that changes with that. The FACS has neither.</summary>
    private static byte[] WithoutCompiler(string name, byte[] table)
    {
        if (name != "FACS")
        {
            table.AsSpan(28, 8).Clear();
            table[9] = 0;
        }

        return table;
    }

    /// <summary>A device has an id and these words, in this order.</summary>
    private static void AssertDevice(string text, string name, string id, params string[] words)
    {
        int start = text.IndexOf($"Device ({name}) {{ Name (_HID, EisaId (\"{id}\")", StringComparison.Ordinal);
        Assert.True(start >= 0, $"There is no device {name} with the id {id}: {text}");
        int end = text.IndexOf("Device (", start + 1, StringComparison.Ordinal);
        string device = end < 0 ? text[start..] : text[start..end];
        int at = 0;
        foreach (string word in words)
        {
            int found = device.IndexOf(word, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"{name} lacks {word}: {device}");
            at = found + word.Length;
        }
    }

    /// <summary>All but the root pointer, which has no table header; iasl takes no such file.</summary>
    private static IEnumerable<FirmwareTable> AcpiTables(string machine) =>
        FirmwareTables.Build(Machines.Named(machine) with { Tables = FirmwareTableSet.Acpi }).Tables
            .Where(table => table.Name is not ("BDA" or "EBDA" or "RSD PTR "));

    private string FileOf(FirmwareTable table, string extension) => Path.Combine(_folder, table.Name + extension);

    private string Disassemble(FirmwareTable table)
    {
        File.WriteAllBytes(FileOf(table, ".dat"), table.Bytes.ToArray());
        string output = Run("-d", FileOf(table, ".dat"));
        Assert.True(File.Exists(FileOf(table, ".dsl")), output);
        return output;
    }

    private string Run(params string[] arguments)
    {
        ProcessStartInfo start = new("iasl", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            output += errors.Result;
            Assert.True(process.ExitCode == 0, $"iasl {string.Join(' ', arguments)}: {output}");
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Fail("iasl is not installed: apt-get install acpica-tools");
            throw;
        }
    }
}
