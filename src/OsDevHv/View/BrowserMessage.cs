using System.Text.Json;
using OsDevHv.Devices;
using OsDevHv.Machine.Input;

namespace OsDevHv.View;

/// <summary>
/// What a browser sends as text, a JSON object a message: <c>{"key":"KeyA","down":true}</c>, <c>{"move":[right,down],"wheel":up}</c>,
/// <c>{"buttons":N}</c> with the sum of 1 left, 2 right, 4 middle as in MouseEvent.buttons.
/// </summary>
internal static class BrowserMessage
{
    private const int Left = 1;
    private const int Right = 2;
    private const int Middle = 4;

    /// <summary>Does what a message asks for.</summary>
    /// <returns>Why not, for the user; null when it was done, or when there is nothing that one would want to be told.</returns>
    public static string? Apply(ReadOnlyMemory<byte> message, InputDevices input)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return "a message that is no object";
            }

            if (root.TryGetProperty("key", out JsonElement key))
            {
                return SetKey(key.GetString() ?? "", root.GetProperty("down").GetBoolean(), input);
            }

            if (root.TryGetProperty("move", out JsonElement move))
            {
                // That the guest does not look at its mouse is no news a hundred times a second.
                _ = input.TryMoveMouse(move[0].GetInt32(), move[1].GetInt32(), root.GetProperty("wheel").GetInt32(), out _);
                return null;
            }

            return input.TrySetMouseButtons(Buttons(root.GetProperty("buttons").GetInt32()), out string? error) ? null : error;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException
            or IndexOutOfRangeException)
        {
            return "a message that cannot be understood";
        }
    }

    private static string? SetKey(string code, bool isDown, InputDevices input)
    {
        if (KeyCodes.Find(code) is not { } name)
        {
            return $"the machine's keyboard has no key {code}";
        }

        return input.TrySetKey(name, isDown, out string? error) ? null : error;
    }

    private static MouseButtons Buttons(int pressed) =>
        ((pressed & Left) != 0 ? MouseButtons.Left : 0)
        | ((pressed & Right) != 0 ? MouseButtons.Right : 0)
        | ((pressed & Middle) != 0 ? MouseButtons.Middle : 0);
}
