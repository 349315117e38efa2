using OsDevHv.Machine.Input;
using OsDevHv.Profiles;
using OsDevHv.View;

namespace OsDevHv.Tests.View;

public sealed class KeyCodesTests
{
    // W3C, UI Events KeyboardEvent code Values, 3.1: the keys of the 105-key keyboard, and of the Japanese one.
    private static readonly string[] s_codes =
    [
        "Backquote", "Backslash", "BracketLeft", "BracketRight", "Comma", "Digit0", "Digit1", "Digit9", "Equal", "IntlBackslash", "IntlRo",
        "IntlYen", "KeyA", "KeyM", "KeyZ", "Minus", "Period", "Quote", "Semicolon", "Slash", "AltLeft", "AltRight", "Backspace", "CapsLock",
        "ContextMenu", "ControlLeft", "ControlRight", "Enter", "MetaLeft", "MetaRight", "ShiftLeft", "ShiftRight", "Space", "Tab", "Delete",
        "End", "Home", "Insert", "PageDown", "PageUp", "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "NumLock", "Numpad0", "Numpad9",
        "NumpadAdd", "NumpadDecimal", "NumpadDivide", "NumpadEnter", "NumpadMultiply", "NumpadSubtract", "Escape", "F1", "F12",
        "PrintScreen", "ScrollLock", "Pause",
    ];

    [Fact]
    public void Every_key_of_a_pc_keyboard_is_one_of_the_machines()
    {
        string?[] names = [.. s_codes.Select(KeyCodes.Find)];

        Assert.All(names, name => Assert.Contains(name, KeyNames.All));
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Theory]
    [InlineData("KeyQ", "q")]
    [InlineData("Digit0", "0")]
    [InlineData("Numpad0", "kp_0")]
    [InlineData("F10", "f10")]
    [InlineData("ShiftRight", "shift_r")]
    [InlineData("Enter", "ret")]
    [InlineData("NumpadEnter", "kp_enter")]
    [InlineData("IntlBackslash", "less")]
    [InlineData("ContextMenu", "compose")]
    public void A_key_has_the_name_of_its_place(string code, string name) => Assert.Equal(name, KeyCodes.Find(code));

    [Theory]
    [InlineData("")]
    [InlineData("keya")]
    [InlineData("Power")]
    [InlineData("F24")]
    public void What_a_pc_keyboard_does_not_have_has_no_name(string code) => Assert.Null(KeyCodes.Find(code));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"key\":1,\"down\":true}")]
    [InlineData("{\"key\":\"KeyA\"}")]
    [InlineData("{\"key\":\"KeyA\",\"down\":1}")]
    [InlineData("{\"move\":[],\"wheel\":0}")]
    [InlineData("{\"move\":[1,1e99],\"wheel\":0}")]
    [InlineData("{\"move\":{},\"wheel\":0}")]
    [InlineData("{\"buttons\":\"x\"}")]
    public void A_message_that_is_none_is_told_and_no_more(string message) =>
        Assert.StartsWith("a message that ", Apply(message), StringComparison.Ordinal);

    [Fact]
    public void A_key_without_a_keyboard_is_told() =>
        Assert.StartsWith("this machine has no keyboard", Apply("{\"key\":\"KeyA\",\"down\":true}"), StringComparison.Ordinal);

    private static string? Apply(string message) => BrowserMessage.Apply(System.Text.Encoding.UTF8.GetBytes(message), new InputDevices());
}
