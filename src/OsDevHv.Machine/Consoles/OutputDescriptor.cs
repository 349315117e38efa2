using System.Runtime.InteropServices;
using OsDevHv.Kvm.Host;

namespace OsDevHv.Machine.Consoles;

/// <summary>
/// Writes to a descriptor until that is no longer possible. Then says so once and drops the rest: the machine runs on, as the guest's
/// verdict does not depend on who reads its output (<c>osdevhv run ... | grep -q OK</c> gives the guest's exit code).
/// </summary>
/// <param name="descriptor">Where to; is disposed of with this.</param>
/// <param name="name">What it is called to the user.</param>
/// <param name="messages">Where the user is told. Any thread.</param>
/// <remarks>One thread writes; <see cref="Cancel"/> is for any.</remarks>
public sealed class OutputDescriptor(HostDescriptor descriptor, string name, TextWriter messages) : IDisposable
{
    private bool _lost;

    /// <summary>Writes all, waiting for a slow reader; nothing more once it is lost or cancelled.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_lost)
        {
            return;
        }

        switch (descriptor.Write(bytes, out int errno))
        {
            case StreamResult.ReaderGone:
                GiveUp("its reader has gone");
                break;
            case StreamResult.Failed:
                GiveUp(Marshal.GetPInvokeErrorMessage(errno));
                break;
            default:
                break;
        }
    }

    /// <summary>Ends every wait in <see cref="Write"/>, now and from now on.</summary>
    public void Cancel() => descriptor.Cancel();

    /// <inheritdoc/>
    public void Dispose() => descriptor.Dispose();

    private void GiveUp(string reason)
    {
        _lost = true;
        messages.WriteLine($"osdevhv: {name}: {reason}; further output is dropped, the machine runs on");
    }
}
