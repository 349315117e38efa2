using CsCheck;
using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>Whatever stands in a file or an override, the outcome is a profile or errors that can be read.</summary>
public sealed class HostileInputTests : IDisposable
{
    private const string Valid =
        """
        extends: [pc.yaml]
        name: hostile
        cpu: { count: 2 }
        memory: 64M
        boot:
          kernel: k.elf
          protocol: flat
          cmdline: "a \"b\" c"
          modules:
          - path: m.img
            cmdline: 'x y'
          - { path: n.img }
          flat: { address: 0x1000, entry: 0x1004, mode: protected }
        devices:
          com2: { connect: "file:x.log" }
          com3: null
          more: &more { type: debug-console, port: 0xea, connect: tcp:127.0.0.1:0 }
        verdict: { timeout: 30s, pass: { exit: [0x10, 18] }, panic: "P[A]+NIC", on-reset: reboot }
        debug: { gdb: { listen: "127.0.0.1:1234", wait: true, architecture: x86-64 } }

        """;

    private static readonly string[] s_pieces =
    [
        "\n", " ", "  ", "\t", ":", ": ", "-", "- ", ",", "{", "}", "[", "]", "\"", "'", "#", " #", "&a ", "*a", "!", "!!str ", "|", ">",
        "|-\n", "%YAML 1.2\n", "---\n", "...\n", "?", "? ", "<<: *a", "~", "null", "\\", "\\u0000", "\r", "\r\n", "\u0085", "\u2028",
        "\ufeff", "\u007f", "🦜", "0x", "-1", "1T", "99h", "extends: m.yaml\n", "extends: pc.yaml\n", "devices: ", "com1: ", "type: ",
        "uart16550", "boot: ", "flat", "name", ".", "..", "0", "=", "(", "*", "file:", "tcp:", "[::1]:1",
    ];

    private static readonly string[] s_paths = ["", "boot.modules.", "devices.", "cpu.count", "verdict.pass.exit", "boot.flat"];

    private static readonly Gen<string> s_piece = Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]);

    private static readonly Gen<string> s_path = Gen.Int[0, s_paths.Length - 1].Select(i => s_paths[i]);

    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Random_bytes_give_errors() =>
        Gen.Byte.Array[0, 200].Sample(bytes => AssertSound(bytes), iter: 400, threads: 1);

    [Fact]
    public void Random_pieces_of_yaml_give_a_profile_or_errors() =>
        s_piece.Array[0, 40].Sample(pieces => AssertSound(string.Concat(pieces)), iter: 600, threads: 1);

    [Fact]
    public void Mutated_profiles_give_a_profile_or_errors() =>
        Gen.Select(Gen.Int[0, Valid.Length], Gen.Int[0, 12], s_piece, Gen.Bool).Array[1, 4].Sample(
            edits => AssertSound(edits.Aggregate(Valid, Mutate)), iter: 600, threads: 1);

    [Fact]
    public void Cut_profiles_give_a_profile_or_errors() =>
        Gen.Int[0, Valid.Length].Sample(length => AssertSound(Valid[..length]), iter: 400, threads: 1);

    [Fact]
    public void Random_overrides_give_a_profile_or_errors()
    {
        _bench.With(ProfileBench.Main, Valid);

        Gen.Select(s_path, s_piece.Array[0, 6]).Sample(
            (path, pieces) =>
            {
                var text = string.Concat(pieces);
                AssertSound(_bench.ReadFile(ProfileBench.Main, ProfileUse.Check, path + "=" + text, path + text), null);
            },
            iter: 400,
            threads: 1);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a: ")]
    [InlineData("a:\n ")]
    [InlineData("&a ")]
    [InlineData("!")]
    [InlineData("'")]
    [InlineData("\"\\")]
    [InlineData("[,")]
    [InlineData("{a: ")]
    [InlineData("*a")]
    [InlineData("%")]
    [InlineData("\n")]
    [InlineData("a\n")]
    [InlineData("---\n")]
    public void Repetition_to_the_limit_gives_errors_soon(string piece)
    {
        var started = TimeProvider.System.GetTimestamp();

        AssertSound(string.Concat(Enumerable.Repeat(piece, 250_000 / piece.Length)));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static string Mutate(string text, (int At, int Length, string Piece, bool Insert) edit)
    {
        var at = Math.Min(edit.At, text.Length);
        var end = edit.Insert ? at : Math.Min(at + edit.Length, text.Length);
        return text[..at] + edit.Piece + text[end..];
    }

    private void AssertSound(string text) => AssertSound(System.Text.Encoding.UTF8.GetBytes(text));

    private void AssertSound(byte[] bytes)
    {
        _bench.With(ProfileBench.Main, bytes);
        AssertSound(_bench.ReadFile(ProfileBench.Main, ProfileUse.Check), bytes);
    }

    private static void AssertSound(ProfileResult result, byte[]? bytes)
    {
        Assert.Equal(result.Profile is null, result.Diagnostics.Count > 0);
        if (result.Profile is { } profile)
        {
            using var elsewhere = new ProfileBench();
            Assert.Equivalent(profile, elsewhere.ReadValid(EffectiveProfile.Write(profile)), strict: true);
        }

        var lines = bytes is null ? int.MaxValue : 1 + bytes.Length;
        foreach (var diagnostic in result.Diagnostics)
        {
            Assert.Contains(diagnostic.Code, DiagnosticCodes.All);
            Assert.InRange(diagnostic.Line, 1, lines);
            Assert.InRange(diagnostic.Column, 1, lines);
            Assert.DoesNotContain(diagnostic.ToString(), char.IsControl);
        }
    }
}
