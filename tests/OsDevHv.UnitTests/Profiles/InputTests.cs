using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>Keys that a profile presses.</summary>
public sealed class InputTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Keys_are_sent_by_name_or_typed_as_text_at_their_times()
    {
        MachineProfile profile = _bench.ReadValid(
            """
            extends: pc.yaml
            input:
              keys:
                - { type: "hi\n" }
                - { at: 1500ms, send: ctrl-alt-delete, hold: 2s }
            """);

        Assert.Equal(
            [
                new KeyInput { Type = "hi\n" },
                new KeyInput { At = TimeSpan.FromMilliseconds(1500), Send = "ctrl-alt-delete", Hold = TimeSpan.FromSeconds(2) },
            ],
            profile.Input.Keys);
        Assert.Equal([["h"], ["i"], ["ret"]], profile.Input.Keys[0].Chords);
        Assert.Equal([["ctrl", "alt", "delete"]], profile.Input.Keys[1].Chords);
        Assert.Equal(TimeSpan.FromMilliseconds(20), profile.Input.Keys[0].HoldTime);
    }

    [Fact]
    public void Chords_one_after_the_other_have_spaces_between()
    {
        MachineProfile profile = _bench.ReadValid("extends: pc.yaml\ninput: { keys: [{ send: down shift-tab  1 }] }\n");

        Assert.Equal([["down"], ["shift", "tab"], ["1"]], profile.Input.Keys[0].Chords);
        Assert.Equal(TimeSpan.FromMilliseconds(100), profile.Input.Keys[0].HoldTime);
    }

    [Fact]
    public void An_override_adds_keys()
    {
        MachineProfile profile = _bench.ReadValid("extends: pc.yaml\n", "input.keys=[{ send: ret }]");

        Assert.Equal([new KeyInput { Send = "ret" }], profile.Input.Keys);
    }

    [Theory]
    [InlineData("[{ send: ctrl-alt-delet }]", "2:25", "OSDV038", "input.keys.0.send: there is no key 'delet'; did you mean 'delete'?")]
    [InlineData("[{ send: a }, { send: b enter }]", "2:38", "OSDV038", "input.keys.1.send: there is no key 'enter'; the names")]
    [InlineData("[{ send: ctrl- }]", "2:25", "OSDV038", "there is a key missing in 'ctrl-'")]
    [InlineData("[{ send: ' ' }]", "2:25", "OSDV038", "input.keys.0.send is keys such as ctrl-alt-delete, not empty")]
    [InlineData("[{ type: ü }]", "2:25", "OSDV038", "input.keys.0.type holds the character U+00FC")]
    [InlineData("[{ type: '' }]", "2:25", "OSDV038", "has 1 to 4096 characters, this one 0")]
    [InlineData("[{ type: a, send: b }]", "2:25", "OSDV038", "input.keys.0 has send and type; make two items of it")]
    [InlineData("[{ at: 1s }]", "2:17", "OSDV022", "input.keys.0 says no keys: send: ctrl-alt-delete")]
    [InlineData("[{ at: 1, send: a }]", "2:23", "OSDV029", "input.keys.0.at is a duration")]
    [InlineData("[ret]", "2:17", "OSDV021", "input.keys.0 is a map of at, send or type, and hold, not a single value; write { send: ret }")]
    [InlineData("[{ keys: a }]", "2:19", "OSDV020", "unknown key 'keys' in input.keys.0; valid here: at, send, type, hold")]
    public void What_cannot_be_pressed_is_refused_at_its_place(string keys, string place, string code, string words)
    {
        string error = _bench.OneError($"extends: pc.yaml\ninput: {{ keys: {keys} }}\n");

        Assert.StartsWith($"m.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_need_a_keyboard()
    {
        string error = _bench.OneError("extends: pc.yaml\ndevices: { keyboard: null }\ninput: { keys: [{ send: a }] }\n");

        Assert.StartsWith("m.yaml:3:16: error OSDV078: keys need a keyboard", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on", true)]
    [InlineData("off", false)]
    public void A_mouse_is_there_unless_a_profile_says_otherwise(string value, bool hasMouse)
    {
        MachineProfile profile = _bench.ReadValid($"devices: {{ k: {{ type: keyboard-controller, mouse: {value} }} }}\n");

        Assert.Equal([new KeyboardControllerProfile("k", hasMouse)], profile.Devices);
    }

    [Fact]
    public void The_us_layout_has_every_printable_ascii_character_and_each_its_own_keys()
    {
        string[] keys = [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static code =>
            UsKeyboard.TryFind((char)code, out IReadOnlyList<string> found) ? string.Join('-', found) : "")];

        Assert.DoesNotContain("", keys);
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, static chord => Assert.True(KeyNames.TrySplit(chord, out _, out _), chord));
    }
}
