using System.Buffers.Binary;
using System.Text;
using OsDevHv.Machine.Engine;

namespace OsDevHv.Machine.Debug;

/// <summary>What the processor has pushed when an exception handler begins (Intel SDM vol. 3A, 6.12 and 6.14).</summary>
internal static class ExceptionFrame
{
    private const int PageFault = 14;

    /// <summary>
    /// Whether the exception whose handler begins at the context's PC counts for a catch; if so, with what the user should read.
    /// </summary>
    public static bool TryMatch(TrapContext context, int vector, CatchRule rule, out string? message)
    {
        message = null;
        bool isProtected = CpuMode.IsProtected(context.System);
        int word = (context.System.Efer & ControlBits.EferLma) != 0 ? 8 : isProtected ? 4 : 2;
        ulong stack = word == 8 ? context.General.Rsp : (uint)(context.System.Ss.Base + (uint)context.General.Rsp);
        bool hasCode = isProtected && ExceptionNames.HasErrorCode(vector);
        Span<byte> frame = stackalloc byte[4 * sizeof(ulong)];
        bool read = context.TryReadMemory(stack, frame[..(4 * word)]);
        uint code = read && hasCode ? (uint)Word(frame, 0, word) : 0;
        if (rule.ErrorCode is { } filter && (!hasCode || !read || !filter.Passes(code)))
        {
            return false;
        }
        var text = new StringBuilder($"catch {rule.Number} ({rule.Text}): exception {vector} (#{ExceptionNames.Of(vector)}) on CPU {context.Vcpu}");
        if (!read)
        {
            text.Append("; its frame cannot be read");
        }
        else
        {
            int rip = hasCode ? 1 : 0;
            text.Append(hasCode ? $", error code {code:x}h" : "").Append(vector == PageFault ? $" ({Describe(code)}), CR2 {context.System.Cr2:x}h" : "");
            text.Append($", at {Word(frame, rip + 1, word) & 0xffff:x}h:{Word(frame, rip, word):x}h");
        }
        text.Append(Sharing(context, vector));
        message = text.ToString();
        return true;
    }

    /// <summary>A page fault's error code in words.</summary>
    public static string Describe(uint code)
    {
        string access = (code & 16) != 0 ? "fetch" : (code & 2) != 0 ? "write" : "read";
        return $"{access} by {((code & 4) != 0 ? "user" : "supervisor")}, page {((code & 1) != 0 ? "present" : "not present")}"
            + ((code & 8) != 0 ? ", reserved bit set" : "");
    }

    private static string Sharing(TrapContext context, int vector)
    {
        int others = 0;
        for (int other = 0; other <= byte.MaxValue; other++)
        {
            if (other != vector
                && IdtGates.TryFind(context.Memory, context.General, context.System, other, out ulong handler)
                && handler == context.LinearPc)
            {
                others++;
            }
        }
        return others == 0 ? "" : $"; {others} other vectors have the same handler, so it may be one of them";
    }

    private static ulong Word(ReadOnlySpan<byte> frame, int index, int size) => size switch
    {
        8 => BinaryPrimitives.ReadUInt64LittleEndian(frame[(8 * index)..]),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(frame[(4 * index)..]),
        _ => BinaryPrimitives.ReadUInt16LittleEndian(frame[(2 * index)..]),
    };
}
