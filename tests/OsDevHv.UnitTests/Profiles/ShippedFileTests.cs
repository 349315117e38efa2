using System.Text;
using OsDevHv.Profiles;
using OsDevHv.Profiles.Keys;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Plans.Yaml;

namespace OsDevHv.Tests.Profiles;

/// <summary>What configs/ holds is true: profiles, schema and reference.</summary>
public sealed class ShippedFileTests
{
    private const string Suite = "suite.yaml";

    public static TheoryData<string> Shipped =>
        [
            .. Directory.GetFiles(RepositoryFile.Configs, "*.yaml").Select(path => Path.GetFileName(path)).Where(name => name != Suite)
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_profile_reads_without_errors(string file)
    {
        var result = ProfileReader.Read(Path.Combine(RepositoryFile.Configs, file), (string[])[], ProfileUse.Check);

        Assert.Empty(result.Diagnostics);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), result.Profile?.Name);
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_profile_points_editors_to_the_schema(string file)
    {
        var first = File.ReadLines(Path.Combine(RepositoryFile.Configs, file)).First();

        Assert.Equal("# yaml-language-server: $schema=machine.schema.json", first);
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_profile_prints_in_full_and_reads_back(string file)
    {
        var profile = ProfileReader.Read(Path.Combine(RepositoryFile.Configs, file), (string[])[], ProfileUse.Check).Profile!;
        using var bench = new ProfileBench();

        var again = bench.ReadValid(EffectiveProfile.Write(profile));

        Assert.Equivalent(profile, again, strict: true);
    }

    [Fact]
    public void The_pc_is_as_kernels_written_for_qemu_expect_it()
    {
        var pc = ProfileReader.Read(Path.Combine(RepositoryFile.Configs, "pc.yaml"), (string[])[], ProfileUse.Check).Profile!;

        Assert.Equal((1, 128ul << 20, null), (pc.Cpu.Count, pc.MemoryBytes, pc.Gdb.Listen));
        Assert.Equal(
            [
                new UartProfile("com1", 0x3f8, 4, new Connection(ConnectionKind.Stdio)),
                new UartProfile("com2", 0x2f8, 3, Connection.None),
                new UartProfile("com3", 0x3e8, 4, Connection.None),
                new UartProfile("com4", 0x2e8, 3, Connection.None),
                new DebugConsoleProfile("debugcon", 0xe9, 0xe9, new Connection(ConnectionKind.Stdio)),
                new DebugExitProfile("exit", 0xf4, 4),
                new PostCodeProfile("post", 0x80),
                new SystemControlProfile("port92", 0x92),
                new KeyboardControllerProfile("keyboard"),
                new AcpiPmProfile("acpi", 0x600),
                new AcpiShutdownProfile("acpi-old", 0xb004),
                new BochsShutdownProfile("bochs", 0x8900),
                new PicProfile("pic"),
                new PitProfile("pit"),
                new IoApicProfile("io-apic", 0xfec0_0000),
                new HpetProfile("hpet", 0xfed0_0000, 3),
                new RtcProfile("rtc", RtcBase.Utc, []),
                new FwCfgProfile("fw-cfg"),
                new VgaTextProfile("screen"),
                new RamfbProfile("ramfb"),
            ],
            pc.Devices);
    }

    [Fact]
    public void The_schema_file_is_the_schema() => AssertFile("machine.schema.json", _ => ProfileSchema.Text);

    [Fact]
    public void The_schema_file_of_suites_is_the_schema() => AssertFile("suite.schema.json", _ => SuiteSchema.Text);

    [Fact]
    public void The_reference_lists_every_key_of_a_suite() =>
        AssertFile("README.md", text => WithPart(text, "suite keys", KeyTable("", SuiteKeys.Root)));

    [Fact]
    public void The_shipped_suite_reads_without_errors_and_points_editors_to_its_schema()
    {
        var path = Path.Combine(RepositoryFile.Configs, Suite);
        var context = new ReadContext(ProfileUse.Check);

        var cases = SuiteBinder.Read(path, [], context);

        Assert.Empty(context.Diagnostics.Sorted());
        Assert.NotEmpty(cases);
        Assert.Distinct(cases.Select(one => one.Id));
        Assert.Equal("# yaml-language-server: $schema=suite.schema.json", File.ReadLines(path).First());
    }

    [Fact]
    public void The_reference_lists_every_key_with_its_value_and_default() =>
        AssertFile("README.md", text => WithPart(text, "keys", KeyTable("", ProfileKeys.Root)));

    [Fact]
    public void The_reference_lists_every_device_with_its_keys() =>
        AssertFile("README.md", text => WithPart(text, "devices", DeviceTable()));

    [Fact]
    public void The_reference_lists_every_error() => AssertFile("README.md", text => WithPart(text, "errors", ErrorTable()));

    [Fact]
    public void No_two_errors_have_one_code()
    {
        var ids = DiagnosticCodes.All.Select(code => code.Id).ToArray();

        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
    }

    // With OSDEVHV_UPDATE=1 in the environment the file is brought up to date instead of compared.
    private static void AssertFile(string name, Func<string, string> expected)
    {
        var path = Path.Combine(RepositoryFile.Configs, name);
        var text = File.Exists(path) ? File.ReadAllText(path) : "";
        if (Environment.GetEnvironmentVariable("OSDEVHV_UPDATE") == "1")
        {
            File.WriteAllText(path, expected(text));
            return;
        }

        Assert.Equal(expected(text), text);
    }

    private static string WithPart(string text, string name, string part)
    {
        var begin = $"<!-- {name}: made from the code; a test compares it -->\n";
        var end = $"<!-- end of {name} -->";
        var (first, last) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        Assert.True(first >= 0 && last > first, $"README.md has no part {name}");
        return text[..(first + begin.Length)] + part + text[last..];
    }

    private static string KeyTable(string path, IEnumerable<Key> keys)
    {
        var table = new StringBuilder("| key | value | default | |\n|---|---|---|---|\n");
        AddRows(table, path, keys);
        return table.ToString();
    }

    private static void AddRows(StringBuilder table, string path, IEnumerable<Key> keys)
    {
        foreach (var key in keys)
        {
            table.Append($"| `{path}{key.Name}` | {key.Expectation} | {Code(key.DefaultText)} | {key.Description} |\n");
            if (key is SectionKey section)
            {
                AddRows(table, $"{path}{key.Name}.", section.Keys);
            }
            else if (key == ProfileKeys.Modules)
            {
                AddRows(table, $"{path}{key.Name}.N.", ProfileKeys.Module);
            }
            else if (key == ProfileKeys.FirmwareConfig)
            {
                AddRows(table, $"{path}{key.Name}.NAME.", FirmwareItemKeys.All);
            }
            else if (key == ProfileKeys.Keystrokes)
            {
                AddRows(table, $"{path}{key.Name}.N.", ProfileKeys.KeyInput);
            }
        }
    }

    private static string DeviceTable()
    {
        var table = new StringBuilder("| type | key | value | default | |\n|---|---|---|---|---|\n");
        foreach (var type in DeviceTypes.All)
        {
            table.Append($"| `{type.Name}` | | | | {type.Description} |\n");
            foreach (var key in type.Keys)
            {
                table.Append($"| | `{key.Name}` | {key.Expectation} | {Code(key.DefaultText)} | {key.Description} |\n");
            }
        }

        return table.ToString();
    }

    private static string ErrorTable()
    {
        var table = new StringBuilder("| code | | what it means |\n|---|---|---|\n");
        foreach (var code in DiagnosticCodes.All)
        {
            table.Append($"| {code.Id} | {code.Title} | {code.Explanation} |\n");
        }

        return table.ToString();
    }

    private static string Code(string text) =>
        text.Contains(' ', StringComparison.Ordinal) || text is "required" or "none" ? text : $"`{text}`";
}
