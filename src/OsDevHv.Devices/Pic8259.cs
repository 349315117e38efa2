using System.Numerics;

namespace OsDevHv.Devices;

/// <summary>One 8259A interrupt controller; <see cref="Pic8259Pair"/> is the two of a PC and says what is not modelled.</summary>
/// <remarks>
/// Specification: Intel 8259A data sheet (231468), with the edge/level control register of PIIX and ICH. Members that change it are for the
/// pair, which passes on what comes of a change; the read-only view has no side effects.
/// </remarks>
public sealed class Pic8259
{
    /// <summary>The number of inputs.</summary>
    public const int InputCount = 8;

    /// <summary>The input to which a master's slave leads.</summary>
    public const int CascadeInput = 2;

    /// <summary>What there is for <see cref="RequestedInput"/> and <see cref="Acknowledge"/> to tell when nothing is requested.</summary>
    internal const int None = -1;

    private const string Kind = "8259A";

    private const byte InitializationCommand = 0x10;
    private const byte OperationCommand3 = 0x08;

    private readonly bool _isMaster;
    private readonly byte _elcrWritable;
    private readonly IGuestErrorLog? _errors;
    private readonly long[] _acknowledged = new long[InputCount];
    private byte _latched;
    private byte _isr;
    private byte _imr;
    private byte _inputs;
    private bool _readsIsr;
    private bool _levelFell;
    private bool _expectsIcw4;
    private CommandWord _next;

    /// <param name="isMaster">The one whose INT goes to the processor, with a slave at input 2.</param>
    /// <param name="elcrWritable">The inputs that ELCR can make level-triggered.</param>
    /// <param name="errors">Hears of command words that a PC has no use for.</param>
    internal Pic8259(bool isMaster, byte elcrWritable, IGuestErrorLog? errors)
    {
        _isMaster = isMaster;
        _elcrWritable = elcrWritable;
        _errors = errors;
    }

    /// <summary>What a write to the odd port is taken for.</summary>
    private enum CommandWord : byte
    {
        Ocw1,
        Icw2,
        Icw3,
        Icw4,
    }

    /// <summary>The interrupt request register: inputs that await an acknowledge, masked ones too.</summary>
    public byte Irr => (byte)((_latched & ~LevelInputs) | (_inputs & LevelInputs));

    /// <summary>The in-service register: inputs that were acknowledged and await an EOI.</summary>
    public byte Isr => _isr;

    /// <summary>The interrupt mask register: a 1 masks.</summary>
    public byte Imr => _imr;

    /// <summary>The edge/level control register: a 1 is level-triggered.</summary>
    public byte Elcr { get; private set; }

    /// <summary>The levels of the inputs now: a 1 is high.</summary>
    public byte Inputs => _inputs;

    /// <summary>The vector of input 0: a multiple of 8.</summary>
    public byte VectorBase { get; private set; }

    /// <summary>The initialisation command words are complete; without that nothing is requested.</summary>
    public bool IsInitialized => _next == CommandWord.Ocw1;

    /// <summary>LTIM: every input is level-triggered, whatever ELCR says.</summary>
    public bool IsLevelTriggered { get; private set; }

    /// <summary>ICW1 said that there is no other 8259A.</summary>
    public bool IsSingle { get; private set; }

    /// <summary>An acknowledge is its own EOI.</summary>
    public bool AutoEoi { get; private set; }

    /// <summary>An acknowledge with <see cref="AutoEoi"/> makes its input the one of lowest priority.</summary>
    public bool RotatesInAutoEoi { get; private set; }

    /// <summary>Special mask mode: inputs in service hold up no others once they are masked.</summary>
    public bool SpecialMask { get; private set; }

    /// <summary>Special fully nested mode: a slave's input in service does not hold up the same slave.</summary>
    public bool SpecialFullyNested { get; private set; }

    /// <summary>The next read is a poll, which acknowledges.</summary>
    public bool IsPolling { get; private set; }

    /// <summary>The input of lowest priority, 0 to 7; the one after it has the highest.</summary>
    public byte LowestPriority { get; private set; }

    /// <summary>
    /// The INT output: an unmasked input requests that nothing in service holds up, or one did until its level fell, which the acknowledge
    /// will find out.
    /// </summary>
    public bool IsInterruptRequested => RequestedInput() != None || (_levelFell && IsInitialized);

    /// <summary>The acknowledges since power-on that found no request and gave the vector of input 7.</summary>
    public long SpuriousCount { get; private set; }

    /// <summary>The acknowledges of an input since power-on.</summary>
    /// <param name="input">0 to 7.</param>
    public long AcknowledgedCount(int input) => _acknowledged[input];

    private int LevelInputs => IsLevelTriggered ? 0xff : Elcr;

    /// <summary>The input that an acknowledge would be for, or <see cref="None"/>.</summary>
    internal int RequestedInput()
    {
        if (!IsInitialized)
        {
            return None;
        }

        int rank = Rank(Irr & ~_imr);
        int rankInService = Rank(SpecialMask ? _isr & ~_imr : _isr);
        int input = InputOf(rank);
        bool passesItself = _isMaster && SpecialFullyNested && input == CascadeInput && rank == rankInService;
        return rank < InputCount && (rank < rankInService || passesItself) ? input : None;
    }

    internal void SetInput(int input, bool high)
    {
        byte bit = (byte)(1 << input);
        if (!high)
        {
            bool requested = RequestedInput() != None;
            _inputs &= (byte)~bit;
            _latched &= (byte)~(bit & LevelInputs);
            _levelFell |= requested && RequestedInput() == None;
        }
        else if ((_inputs & bit) == 0)
        {
            _inputs |= bit;
            _latched |= bit;
        }
    }

    /// <summary>The INTA cycles: the input that is served from now on, or <see cref="None"/> where the request is gone.</summary>
    internal int Acknowledge()
    {
        int input = RequestedInput();
        _levelFell = false;
        if (input == None)
        {
            SpuriousCount++;
            return None;
        }

        Serve(input);
        return input;
    }

    internal void WriteElcr(byte value)
    {
        if ((value & ~_elcrWritable) != 0)
        {
            _errors?.Report(Kind, "ELCR bits of interrupts that are always edge-triggered", value);
        }

        Elcr = (byte)(value & _elcrWritable);
        // A level that is gone is no edge of later.
        _latched &= (byte)(~LevelInputs | _inputs);
    }

    /// <summary>Reads the even port (IRR or ISR) or the odd one (IMR); a poll answers at either.</summary>
    internal byte Read(bool odd)
    {
        if (IsPolling)
        {
            IsPolling = false;
            int input = RequestedInput();
            _levelFell = false;
            if (input == None)
            {
                return 0;
            }

            Serve(input);
            return (byte)(0x80 | input);
        }

        return odd ? _imr : _readsIsr ? _isr : Irr;
    }

    internal void Write(bool odd, byte value)
    {
        if (odd)
        {
            WriteOdd(value);
        }
        else if ((value & InitializationCommand) != 0)
        {
            WriteIcw1(value);
        }
        else if ((value & OperationCommand3) != 0)
        {
            WriteOcw3(value);
        }
        else
        {
            WriteOcw2(value);
        }
    }

    /// <summary>The state after the initialisation words 11h, <paramref name="vectorBase"/>, wiring, 01h and a mask.</summary>
    internal void Reset(byte vectorBase, byte imr)
    {
        Clear();
        Elcr = 0;
        IsLevelTriggered = false;
        IsSingle = false;
        _expectsIcw4 = true;
        VectorBase = vectorBase;
        _imr = imr;
        _next = CommandWord.Ocw1;
    }

    /// <summary>The place of the first of some inputs in the order of priority, 0 the highest; 8 where there are none.</summary>
    private int Rank(int inputs)
    {
        int highest = LowestPriority + 1;
        int ordered = ((inputs & 0xff) * 0x101 >> highest) & 0xff;
        return BitOperations.TrailingZeroCount(ordered | 0x100);
    }

    private int InputOf(int rank) => (rank + LowestPriority + 1) & 7;

    private void Serve(int input)
    {
        byte bit = (byte)(1 << input);
        _acknowledged[input]++;
        _latched &= (byte)~bit;
        if (!AutoEoi)
        {
            _isr |= bit;
        }
        else if (RotatesInAutoEoi)
        {
            LowestPriority = (byte)input;
        }
    }

    /// <summary>What ICW1 does beside what its bits say. A line that is high must go low before it can be an edge again.</summary>
    private void Clear()
    {
        _latched = 0;
        _levelFell = false;
        _isr = 0;
        _imr = 0;
        _readsIsr = false;
        IsPolling = false;
        SpecialMask = false;
        SpecialFullyNested = false;
        AutoEoi = false;
        RotatesInAutoEoi = false;
        LowestPriority = InputCount - 1;
    }

    private void WriteIcw1(byte value)
    {
        Clear();
        IsLevelTriggered = (value & 0x08) != 0;
        IsSingle = (value & 0x02) != 0;
        _expectsIcw4 = (value & 0x01) != 0;
        _next = CommandWord.Icw2;
        ReportIf(IsLevelTriggered, "ICW1 with LTIM: all inputs level-triggered, which a PC's edges are not made for", value);
        ReportIf(IsSingle, "ICW1 with SNGL: a PC has two", value);
        ReportIf(!_expectsIcw4, "ICW1 without ICW4: 8080 mode is not modelled", value);
    }

    private void WriteOdd(byte value)
    {
        switch (_next)
        {
            case CommandWord.Icw2:
                VectorBase = (byte)(value & 0xf8);
                _next = IsSingle ? AfterIcw3() : CommandWord.Icw3;
                ReportIf(VectorBase != value, "ICW2 that is no multiple of 8", value);
                break;
            case CommandWord.Icw3:
                _next = AfterIcw3();
                ReportIf(value != (_isMaster ? 1 << CascadeInput : CascadeInput), "ICW3 that is not how a PC is wired", value);
                break;
            case CommandWord.Icw4:
                AutoEoi = (value & 0x02) != 0;
                SpecialFullyNested = (value & 0x10) != 0;
                _next = CommandWord.Ocw1;
                ReportIf((value & 0x01) == 0, "ICW4 without 8086 mode: 8080 mode is not modelled", value);
                break;
            default:
                _imr = value;
                // What is masked takes INT with it.
                _levelFell = false;
                break;
        }
    }

    private CommandWord AfterIcw3() => _expectsIcw4 ? CommandWord.Icw4 : CommandWord.Ocw1;

    /// <summary>OCW2: bit 5 is EOI, bit 6 says that bits 0 to 2 name the input, bit 7 rotates.</summary>
    private void WriteOcw2(byte value)
    {
        int named = value & 7;
        switch (value >> 5)
        {
            case 0:
                RotatesInAutoEoi = false;
                break;
            case 4:
                RotatesInAutoEoi = true;
                break;
            case 1:
                EndHighest(rotate: false);
                break;
            case 5:
                EndHighest(rotate: true);
                break;
            case 3:
                End(named);
                break;
            case 6:
                LowestPriority = (byte)named;
                break;
            case 7:
                End(named);
                LowestPriority = (byte)named;
                break;
            default:
                // 2 is no operation.
                break;
        }
    }

    private void End(int input) => _isr &= (byte)~(1 << input);

    /// <summary>Non-specific EOI, which passes over masked inputs in special mask mode.</summary>
    private void EndHighest(bool rotate)
    {
        int rank = Rank(SpecialMask ? _isr & ~_imr : _isr);
        if (rank < InputCount)
        {
            int input = InputOf(rank);
            End(input);
            LowestPriority = rotate ? (byte)input : LowestPriority;
        }
    }

    private void WriteOcw3(byte value)
    {
        IsPolling = (value & 0x04) != 0;
        if ((value & 0x02) != 0)
        {
            _readsIsr = (value & 0x01) != 0;
        }

        if ((value & 0x40) != 0)
        {
            SpecialMask = (value & 0x20) != 0;
        }
    }

    private void ReportIf(bool wrong, string problem, byte value)
    {
        if (wrong)
        {
            _errors?.Report(Kind, problem, value);
        }
    }

    /// <summary>Saves or restores it.</summary>
    internal void ExchangeState(StateExchange state)
    {
        state.All(_acknowledged);
        _latched = state.Of(_latched);
        _isr = state.Of(_isr);
        _imr = state.Of(_imr);
        _inputs = state.Of(_inputs);
        _readsIsr = state.Of(_readsIsr);
        _levelFell = state.Of(_levelFell);
        _expectsIcw4 = state.Of(_expectsIcw4);
        _next = (CommandWord)state.Index((int)_next, (int)CommandWord.Icw4 + 1);
        Elcr = state.Of(Elcr);
        VectorBase = state.Of(VectorBase);
        IsLevelTriggered = state.Of(IsLevelTriggered);
        IsSingle = state.Of(IsSingle);
        AutoEoi = state.Of(AutoEoi);
        RotatesInAutoEoi = state.Of(RotatesInAutoEoi);
        SpecialMask = state.Of(SpecialMask);
        SpecialFullyNested = state.Of(SpecialFullyNested);
        IsPolling = state.Of(IsPolling);
        LowestPriority = (byte)state.Index(LowestPriority, InputCount);
        SpuriousCount = state.Of(SpuriousCount);
    }
}
