using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>Files that are not YAML, or YAML that profiles do not use: each has one error, at its place.</summary>
public sealed class BrokenTextTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("", "1:1", "OSDV005", "nothing in it")]
    [InlineData("# only a comment\n", "1:1", "OSDV005", "nothing in it")]
    [InlineData("---\n", "1:1", "OSDV005", "nothing in it")]
    [InlineData("~\n", "1:1", "OSDV005", "nothing in it")]
    [InlineData("name: a\n---\nname: b\n", "2:1", "OSDV007", "second YAML document")]
    [InlineData("name: a\ncpu: { count: 1 }\nname: b\n", "3:1", "OSDV008", "'name' stands here again; the first is at m.yaml:1:1")]
    [InlineData("cpu: { count: 1, count: 2 }\n", "1:18", "OSDV008", "'count' stands here again")]
    [InlineData("name: !!str a\n", "1:7", "OSDV009", "tags")]
    [InlineData("cpu: !cpu { count: 1 }\n", "1:6", "OSDV009", "tags")]
    [InlineData("cpu: &c { count: 1 }\nboot:\n  <<: *c\n", "3:3", "OSDV009", "merge keys")]
    [InlineData("? [a, b]\n: c\n", "1:3", "OSDV009", "a key is a word")]
    [InlineData("name: *who\n", "1:7", "OSDV006", "no anchor &'who'")]
    [InlineData("name: &n [ *n ]\n", "1:12", "OSDV006", "no anchor &'n'")]
    [InlineData("cpu:\n\tcount: 1\n", "2:1", "OSDV006", "tab")]
    [InlineData("a: 1\n\tb: 2\n", "2:1", "OSDV006", "tab")]
    [InlineData("a:\n  b: 1\n \t c: 2\n", "3:1", "OSDV006", "tab")]
    [InlineData("name: [1, 2\ncpu: 3\n", "1:7", "OSDV006", "a bracket, a brace or a comma is missing")]
    [InlineData("name: - b\n", "1:7", "OSDV006", "not allowed")]
    [InlineData("name: a\nb\ncpu: 1\n", "2:1", "OSDV006", "block mapping")]
    [InlineData("name: 'it's'\n", "1:11", "OSDV006", "block mapping")]
    [InlineData("%YAML 99999999999\n---\nname: a\n", "1:1", "OSDV006", "version")]
    [InlineData("name: \"\\ud800\"\n", "1:7", "OSDV006", "surrogates")]
    [InlineData("cpu: { count: 1\n", "2:1", "OSDV006", "flow mapping")]
    [InlineData("name: \"a\n", "1:7", "OSDV006", "quoted scalar")]
    [InlineData("name: 'a\n", "1:7", "OSDV006", "quoted scalar")]
    [InlineData("name: a\n  cpu: 1\n", "2:6", "OSDV006", "is the indentation right?")]
    [InlineData("boot:\n  kernel: a\n cmdline: b\n", "3:2", "OSDV006", "block mapping")]
    [InlineData("name: a: b\n", "1:8", "OSDV006", "apping")]
    [InlineData("name: @x\n", "1:7", "OSDV006", "token")]
    [InlineData("name: \"\\q\"\n", "1:7", "OSDV006", "escape")]
    [InlineData("]\n", "1:1", "OSDV006", "not YAML")]
    [InlineData("- a\n- b\n", "1:1", "OSDV021", "a profile is a map")]
    [InlineData("hello\n", "1:1", "OSDV021", "a profile is a map")]
    public void Text_that_is_no_profile_is_refused_at_its_place(string yaml, string place, string code, string words)
    {
        var error = _bench.OneError(yaml);

        Assert.StartsWith($"m.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'n', (byte)'a', 10, (byte)'x', 0xff, (byte)'y' }, "2:2", "ffh is not UTF-8")]
    [InlineData(new byte[] { 0xff, 0xfe, (byte)'a', 1 }, "1:4", "01h: this is not text")]
    [InlineData(new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0 }, "1:5", "02h: this is not text")]
    [InlineData(new byte[] { (byte)'a', (byte)':', 0xc3 }, "1:3", "c3h is not UTF-8")]
    [InlineData(new byte[] { 0xc3, 0xa4, (byte)'\n', 0xc3, 0xa4, 0xed, 0xa0, 0x80 }, "2:2", "is not UTF-8")]
    public void Bytes_that_are_no_text_are_refused_at_the_first(byte[] bytes, string place, string words)
    {
        _bench.With("m.yaml", bytes);

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Check)));

        Assert.StartsWith($"m.yaml:{place}: error OSDV004: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_one_error()
    {
        var error = Assert.Single(_bench.Errors(_bench.ReadFile("none.yaml", ProfileUse.Run)));

        Assert.Equal("none.yaml:1:1: error OSDV001: there is no file 'none.yaml'", error);
    }

    [Fact]
    public void A_directory_is_one_error()
    {
        Directory.CreateDirectory(_bench.At("d.yaml"));

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("d.yaml", ProfileUse.Run)));

        Assert.Equal("d.yaml:1:1: error OSDV002: 'd.yaml' is a directory; name a file in it", error);
    }

    [Fact]
    public void A_file_in_a_file_is_one_error()
    {
        _bench.With("f", "name: a\n");

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("f/m.yaml", ProfileUse.Run)));

        Assert.Contains("m.yaml:1:1: error OSDV00", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_path_that_is_none_is_one_error(string path)
    {
        var result = ProfileReader.Read(path, (string[])[]);

        Assert.Equal("OSDV002", Assert.Single(result.Diagnostics).Code.Id);
    }

    [Fact]
    public void A_huge_file_is_one_error()
    {
        _bench.With("m.yaml", new string('#', (256 * 1024) + 1));

        var error = Assert.Single(_bench.Errors(_bench.ReadFile("m.yaml", ProfileUse.Run)));

        Assert.StartsWith("m.yaml:1:1: error OSDV003: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_file_is_one_error()
    {
        var result = ProfileReader.Read("/dev/zero", (string[])[]);

        Assert.Equal("OSDV003", Assert.Single(result.Diagnostics).Code.Id);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        _bench.With("m.yaml", [0xef, 0xbb, 0xbf, .. "name: marked\n"u8]);

        var result = _bench.ReadFile("m.yaml", ProfileUse.Check);

        Assert.Equal("marked", result.Profile?.Name);
    }

    [Fact]
    public void Nesting_without_end_is_one_error()
    {
        var error = _bench.OneError("name: " + new string('[', 1000));

        Assert.StartsWith("m.yaml:1:38: error OSDV010: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_that_multiply_are_one_error()
    {
        var lines = new List<string> { "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" };
        lines.AddRange(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]"));

        var error = _bench.OneError(string.Join('\n', lines));

        Assert.StartsWith("m.yaml:5:5: error OSDV010: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_that_deepen_are_one_error()
    {
        var lines = new List<string> { "a0: &a0 [x]" };
        lines.AddRange(Enumerable.Range(1, 60).Select(i => $"a{i}: &a{i} [*a{i - 1}]"));

        var error = _bench.OneError(string.Join('\n', lines));

        Assert.Contains("error OSDV010: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plain_alias_stands_for_its_value()
    {
        var profile = _bench.ReadValid("boot:\n  cmdline: &text quiet\n  modules: [{ path: m, cmdline: *text }]\n");

        Assert.Equal("quiet", Assert.Single(profile.Boot.Modules).CommandLine);
    }

    [Fact]
    public void The_hundred_and_first_error_stands_for_the_rest()
    {
        var yaml = string.Concat(Enumerable.Range(0, 150).Select(i => $"unknown{i}: 1\n"));

        var errors = _bench.Errors(_bench.Read(yaml));

        Assert.Equal(101, errors.Length);
        Assert.Contains("error OSDV011: there are more errors", errors[^1], StringComparison.Ordinal);
    }
}
