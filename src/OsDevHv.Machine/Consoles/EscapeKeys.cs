namespace OsDevHv.Machine.Consoles;

/// <summary>The Ctrl-A keys of a terminal, QEMU's where QEMU has them.</summary>
internal sealed class EscapeKeys(TextWriter messages, Action? quit)
{
    private const byte CtrlA = 0x01;
    private const byte CtrlC = 0x03;

    private bool _escaped;

    /// <summary>
    /// Acts on escapes and takes them out; returns how many bytes remain for the guest, at the start of <paramref name="keys"/>.
    /// </summary>
    public int Filter(Span<byte> keys)
    {
        int kept = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            byte key = keys[i];
            if (!_escaped)
            {
                if (key == CtrlA)
                {
                    _escaped = true;
                }
                else
                {
                    keys[kept++] = key;
                }

                continue;
            }

            _escaped = false;
            switch (key)
            {
                case CtrlA or (byte)'a':
                    keys[kept++] = CtrlA;
                    break;
                case (byte)'c':
                    keys[kept++] = CtrlC;
                    break;
                case (byte)'x':
                    quit?.Invoke();
                    break;
                case (byte)'h' or (byte)'?':
                    messages.WriteLine();
                    messages.WriteLine("Ctrl-A x  end the run       Ctrl-A Ctrl-A  send Ctrl-A to the guest");
                    messages.WriteLine("Ctrl-A h  these lines       Ctrl-A c       send Ctrl-C to the guest (Ctrl-C alone ends the run)");
                    break;
                default:
                    break;
            }
        }

        return kept;
    }
}
