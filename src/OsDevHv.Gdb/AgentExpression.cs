using System.Buffers.Binary;

namespace OsDevHv.Gdb;

/// <summary>The stopped or trapping CPU on which an <see cref="AgentExpression"/> is evaluated.</summary>
public interface IAgentMachine
{
    /// <summary>The registers, of which at least these groups are filled.</summary>
    RegisterFile Registers(RegisterGroups groups);

    /// <summary>Reads memory by linear address; false when any byte is not mapped to RAM. Never shows a planted breakpoint.</summary>
    bool TryReadMemory(ulong address, Span<byte> destination);
}

/// <summary>A condition or command in gdb's agent bytecode (GDB manual, appendix F), which comes with <c>Z0</c> and <c>Z1</c>.</summary>
/// <remarks>
/// A debugger can send any bytes: evaluating them reads within the expression, uses a stack of <see cref="StackSize"/> values, ends after
/// <see cref="MaximumSteps"/> operations, changes nothing and allocates only for an error. What belongs to tracepoints and to floating
/// point, which gdb puts into no condition, is an error. Immutable; any thread.
/// </remarks>
public sealed class AgentExpression
{
    /// <summary>The longest expression in bytes.</summary>
    public const int MaximumLength = 4096;

    /// <summary>How many values the stack holds.</summary>
    public const int StackSize = 128;

    /// <summary>How many operations an evaluation may take.</summary>
    public const int MaximumSteps = 10_000;

    private readonly byte[] code;
    private readonly RegisterLayout layout;

    private AgentExpression(byte[] code, RegisterLayout layout)
    {
        this.code = code;
        this.layout = layout;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Code => code;

    /// <summary>Takes an expression whose registers are numbered as in <paramref name="architecture"/>'s description.</summary>
    /// <exception cref="ArgumentException">It is empty or longer than <see cref="MaximumLength"/>.</exception>
    public static AgentExpression Create(ReadOnlySpan<byte> code, TargetArchitecture architecture)
    {
        if (code.Length is 0 or > MaximumLength)
        {
            throw new ArgumentException($"A condition of {code.Length} bytes; 1 to {MaximumLength} can be taken.", nameof(code));
        }

        return new AgentExpression(code.ToArray(), RegisterLayout.For(architecture));
    }

    /// <summary>Evaluates; false with an error in words when the expression does what it may not, or reads what is not there.</summary>
    public bool TryEvaluate(IAgentMachine machine, out ulong value, out string? error)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var run = new Run(code, layout, machine, stackalloc ulong[StackSize]);
        bool evaluated = TryRun(ref run, out error) && run.TryHaveValue(out error);
        value = evaluated ? run.Top : 0;
        return evaluated;
    }

    /// <summary>
    /// Executes a command, which may print and need not leave a value; false with an error in words as for <see cref="TryEvaluate"/>.
    /// </summary>
    /// <param name="machine">The CPU.</param>
    /// <param name="print">Takes what is printed, in pieces.</param>
    /// <param name="error">Why it could not be executed to its end.</param>
    public bool TryExecute(IAgentMachine machine, Action<string> print, out string? error)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(print);
        var run = new Run(code, layout, machine, stackalloc ulong[StackSize]) { Print = print };
        return TryRun(ref run, out error);
    }

    private static bool TryRun(ref Run run, out string? error)
    {
        for (int step = 0; step < MaximumSteps; step++)
        {
            if (!run.TryStep(out bool ended))
            {
                error = run.Error();
                return false;
            }

            if (ended)
            {
                error = null;
                return true;
            }
        }

        error = $"it is not done after {MaximumSteps} operations";
        return false;
    }

    private enum Fault
    {
        None,
        EndsEarly,
        UnknownOperation,
        Underflow,
        Overflow,
        BadJump,
        DivisionByZero,
        NoRegister,
        NoMemory,
    }

    /// <summary>One evaluation.</summary>
    private ref struct Run(ReadOnlySpan<byte> code, RegisterLayout layout, IAgentMachine machine, Span<ulong> stack)
    {
        private readonly ReadOnlySpan<byte> code = code;
        private readonly Span<ulong> stack = stack;
        private int at;
        private int depth;
        private Fault fault;
        private ulong detail;

        /// <summary>Takes what is printed; null where nothing may be.</summary>
        public Action<string>? Print { get; init; }

        public readonly ulong Top => stack[depth - 1];

        /// <summary>Whether the expression has left a value.</summary>
        public bool TryHaveValue(out string? error)
        {
            error = Needs(1) ? null : Error();
            return error is null;
        }

        public readonly string Error() => fault switch
        {
            Fault.EndsEarly => "its bytecode ends in the middle",
            Fault.UnknownOperation => $"operation {detail:x}h is not one of a condition",
            Fault.Underflow => "it takes more from its stack than is there",
            Fault.Overflow => $"it needs a stack of more than {StackSize} values",
            Fault.BadJump => $"it jumps to {detail}, behind its end",
            Fault.DivisionByZero => "it divides by zero",
            Fault.NoRegister => $"there is no register {detail} of up to 64 bits",
            _ => $"memory at {detail:x}h cannot be read",
        };

        public bool TryStep(out bool ended)
        {
            ended = false;
            if (!TryFetch(1, out ulong operation))
            {
                return false;
            }

            switch (operation)
            {
                case 0x27:
                    ended = true;
                    return true;
                case >= 0x02 and <= 0x0b or 0x0f or 0x10 or 0x11 or 0x13 or 0x14 or 0x15:
                    return TryBinary(operation);
                case 0x0e:
                    return Needs(1) && Replace(Top == 0 ? 1UL : 0);
                case 0x12:
                    return Needs(1) && Replace(~Top);
                case 0x16 or 0x2a:
                    return TryFetch(1, out ulong bits) && Needs(1) && Replace(Extend(Top, (int)bits, signed: operation == 0x16));
                case >= 0x17 and <= 0x1a:
                    return TryReference(1 << (int)(operation - 0x17));
                case 0x20 or 0x21:
                    return TryJump(conditional: operation == 0x20);
                case >= 0x22 and <= 0x25:
                    return TryFetch(1 << (int)(operation - 0x22), out ulong constant) && Push(constant);
                case 0x26:
                    return TryRegister();
                default:
                    return TryArrange(operation);
            }
        }

        private bool TryArrange(ulong operation)
        {
            switch (operation)
            {
                case 0x28:
                    return Needs(1) && Push(Top);
                case 0x29:
                    depth--;
                    return depth >= 0 || Fails(Fault.Underflow);
                case 0x2b:
                    if (!Needs(2))
                    {
                        return false;
                    }

                    (stack[depth - 1], stack[depth - 2]) = (stack[depth - 2], stack[depth - 1]);
                    return true;
                case 0x32:
                    return TryFetch(1, out ulong below) && Needs((int)below + 1) && Push(stack[depth - 1 - (int)below]);
                case 0x33:
                    if (!Needs(3))
                    {
                        return false;
                    }

                    // a b c becomes c a b.
                    (stack[depth - 3], stack[depth - 2], stack[depth - 1]) = (stack[depth - 1], stack[depth - 3], stack[depth - 2]);
                    return true;
                case 0x34 when Print is not null:
                    return TryPrint();
                default:
                    return Fails(Fault.UnknownOperation, operation);
            }
        }

        /// <summary>
        /// printf: how many arguments, and the format with its length; on the stack a function and a channel above the arguments.
        /// </summary>
        private bool TryPrint()
        {
            if (!TryFetch(1, out ulong count) || !TryFetch(2, out ulong length))
            {
                return false;
            }

            if (length == 0 || (int)length > code.Length - at)
            {
                return Fails(Fault.EndsEarly);
            }

            if (!Needs((int)count + 2))
            {
                return false;
            }

            depth -= 2;
            Span<ulong> arguments = stackalloc ulong[byte.MaxValue];
            for (int i = 0; i < (int)count; i++)
            {
                arguments[i] = stack[--depth];
            }

            int longBits = layout.Architecture == TargetArchitecture.X86_64 ? 64 : 32;
            Print!(AgentPrintf.Format(machine, code.Slice(at, (int)length - 1), arguments[..(int)count], longBits));
            at += (int)length;
            return true;
        }

        private bool TryBinary(ulong operation)
        {
            if (!Needs(2))
            {
                return false;
            }

            ulong right = stack[--depth];
            ulong left = Top;
            if (operation is >= 0x05 and <= 0x08 && right == 0)
            {
                return Fails(Fault.DivisionByZero);
            }

            unchecked
            {
                return Replace(operation switch
                {
                    0x02 => left + right,
                    0x03 => left - right,
                    0x04 => left * right,
                    // The one signed quotient that does not fit wraps, where the processor would fault.
                    0x05 => right == ulong.MaxValue ? 0 - left : (ulong)((long)left / (long)right),
                    0x06 => left / right,
                    0x07 => right == ulong.MaxValue ? 0 : (ulong)((long)left % (long)right),
                    0x08 => left % right,
                    0x09 => right < 64 ? left << (int)right : 0,
                    0x0a => (ulong)((long)left >> (int)Math.Min(right, 63)),
                    0x0b => right < 64 ? left >> (int)right : 0,
                    0x0f => left & right,
                    0x10 => left | right,
                    0x11 => left ^ right,
                    0x13 => left == right ? 1UL : 0,
                    0x14 => (long)left < (long)right ? 1UL : 0,
                    _ => left < right ? 1UL : 0,
                });
            }
        }

        private bool TryReference(int size)
        {
            if (!Needs(1))
            {
                return false;
            }

            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            bytes.Clear();
            ulong address = layout.Architecture == TargetArchitecture.I386 ? (uint)Top : Top;
            return machine.TryReadMemory(address, bytes[..size])
                ? Replace(BinaryPrimitives.ReadUInt64LittleEndian(bytes))
                : Fails(Fault.NoMemory, address);
        }

        private bool TryRegister()
        {
            if (!TryFetch(2, out ulong number))
            {
                return false;
            }

            if (number >= (ulong)layout.Count || layout.Registers[(int)number] is not { Bits: <= 64 } register)
            {
                return Fails(Fault.NoRegister, number);
            }

            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            bytes.Clear();
            register.Read(machine.Registers(register.Group), bytes[..register.Bytes]);
            return Push(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        private bool TryJump(bool conditional)
        {
            if (!TryFetch(2, out ulong target) || (conditional && !Needs(1)))
            {
                return false;
            }

            if (conditional && stack[--depth] == 0)
            {
                return true;
            }

            at = (int)target;
            return at < code.Length || Fails(Fault.BadJump, target);
        }

        /// <summary>Numbers in the bytecode have their most significant byte first.</summary>
        private bool TryFetch(int bytes, out ulong value)
        {
            value = 0;
            if (bytes > code.Length - at)
            {
                return Fails(Fault.EndsEarly);
            }

            foreach (byte part in code.Slice(at, bytes))
            {
                value = (value << 8) | part;
            }

            at += bytes;
            return true;
        }

        /// <summary>A width of 0 or beyond the value's leaves it as it is.</summary>
        private static ulong Extend(ulong value, int bits, bool signed)
        {
            if (bits is 0 or >= 64)
            {
                return value;
            }

            int unused = 64 - bits;
            return signed ? (ulong)((long)(value << unused) >> unused) : value << unused >> unused;
        }

        private bool Needs(int count) => depth >= count || Fails(Fault.Underflow);

        private bool Push(ulong value)
        {
            if (depth == stack.Length)
            {
                return Fails(Fault.Overflow);
            }

            stack[depth++] = value;
            return true;
        }

        private readonly bool Replace(ulong value)
        {
            stack[depth - 1] = value;
            return true;
        }

        private bool Fails(Fault what, ulong about = 0)
        {
            (fault, detail) = (what, about);
            return false;
        }
    }
}
