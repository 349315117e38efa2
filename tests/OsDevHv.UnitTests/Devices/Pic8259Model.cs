namespace OsDevHv.Tests.Devices;

/// <summary>The pair once more, as plainly as it can be put: inputs with flags, and a list of them in the order of priority.</summary>
internal sealed class Pic8259PairModel
{
    public Pic8259Model Master { get; } = new(isMaster: true, vectorBase: 0x08, 2);

    public Pic8259Model Slave { get; } = new(isMaster: false, vectorBase: 0x70);

    public bool IsRequested => Master.Int;

    public void Set(int irq, bool high)
    {
        if (irq != 2)
        {
            (irq < 8 ? Master : Slave).Set(irq % 8, high);
        }

        PassOn();
    }

    public int Acknowledge()
    {
        (int vector, int? input) = Master.Acknowledge();
        if (input == 2 && !Master.Single)
        {
            vector = Slave.Acknowledge().Vector;
            Master.Set(2, false);
        }

        PassOn();
        return vector;
    }

    public int Read(bool master, bool odd)
    {
        Pic8259Model chip = master ? Master : Slave;
        if (!chip.Poll)
        {
            return odd ? chip.Bits(i => i.Masked) : chip.ReadIsr ? chip.Bits(i => i.InService) : chip.Bits(i => i.Requests);
        }

        chip.Poll = false;
        chip.LevelFell = false;
        int answer = chip.Requested is { } input ? 0x80 | input : 0;
        if (answer != 0)
        {
            chip.Acknowledge();
        }

        if (!master)
        {
            Master.Set(2, false);
        }

        PassOn();
        return answer;
    }

    public void Write(bool master, bool odd, int value)
    {
        (master ? Master : Slave).Write(odd, value);
        PassOn();
    }

    public void WriteElcr(bool master, int value)
    {
        Pic8259Model chip = master ? Master : Slave;
        value &= master ? 0xf8 : 0xde;
        for (int i = 0; i < 8; i++)
        {
            chip.Inputs[i].Elcr = (value >> i & 1) != 0;
            chip.Inputs[i].Latched &= !chip.Inputs[i].IsLevel || chip.Inputs[i].High;
        }

        PassOn();
    }

    private void PassOn() => Master.Set(2, Slave.Int);
}

/// <summary>One chip of the model.</summary>
internal sealed class Pic8259Model(bool isMaster, int vectorBase, params int[] unmasked)
{
    private readonly Queue<int> _awaited = new();
    private int _vectorBase = vectorBase;
    private List<int> _order = [.. Enumerable.Range(0, 8)];
    private bool _autoEoi;
    private bool _rotate;
    private bool _specialMask;
    private bool _nested;

    public Input[] Inputs { get; } = [.. Enumerable.Range(0, 8).Select(i => new Input { Masked = !unmasked.Contains(i) })];

    public bool Single { get; private set; }

    public bool Poll { get; set; }

    public bool ReadIsr { get; private set; }

    /// <summary>Goes down the order of priority until something requests, or something in service is in the way.</summary>
    public int? Requested
    {
        get
        {
            foreach (int i in _awaited.Count != 0 ? [] : _order)
            {
                bool requests = Inputs[i].Requests && !Inputs[i].Masked;
                bool holdsUp = Inputs[i].InService && !(_specialMask && Inputs[i].Masked);
                bool passesItself = isMaster && _nested && i == 2;
                if (requests && (!holdsUp || passesItself))
                {
                    return i;
                }

                if (holdsUp)
                {
                    return null;
                }
            }

            return null;
        }
    }

    public int Bits(Func<Input, bool> flag) => Enumerable.Range(0, 8).Sum(i => flag(Inputs[i]) ? 1 << i : 0);

    /// <summary>A level that requested fell, and nothing has looked since.</summary>
    public bool LevelFell { get; set; }

    public bool Int => Requested != null || (LevelFell && _awaited.Count == 0);

    public void Set(int i, bool high)
    {
        bool requested = Requested != null;
        Inputs[i].Latched |= high && !Inputs[i].High;
        Inputs[i].High = high;
        Inputs[i].Latched &= high || !Inputs[i].IsLevel;
        LevelFell |= !high && requested && Requested == null;
    }

    public (int Vector, int? Input) Acknowledge()
    {
        int? input = Requested;
        LevelFell = false;
        if (input is { } i)
        {
            Inputs[i].Latched = false;
            Inputs[i].InService |= !_autoEoi;
            if (_autoEoi && _rotate)
            {
                MakeLowest(i);
            }
        }

        return (_vectorBase + (input ?? 7), input);
    }

    public void Write(bool odd, int value)
    {
        bool Bit(int bit) => (value >> bit & 1) != 0;
        if (odd)
        {
            WriteOdd(value);
        }
        else if (Bit(4))
        {
            foreach (Input input in Inputs)
            {
                input.Latched = input.InService = input.Masked = false;
                input.AllLevel = Bit(3);
            }

            LevelFell = false;
            _order = [.. Enumerable.Range(0, 8)];
            _autoEoi = _rotate = _specialMask = _nested = Poll = ReadIsr = false;
            Single = Bit(1);
            _awaited.Clear();
            _awaited.Enqueue(2);
            if (!Single)
            {
                _awaited.Enqueue(3);
            }

            if (Bit(0))
            {
                _awaited.Enqueue(4);
            }
        }
        else if (Bit(3))
        {
            Poll = Bit(2);
            ReadIsr = Bit(1) ? Bit(0) : ReadIsr;
            _specialMask = Bit(6) ? Bit(5) : _specialMask;
        }
        else
        {
            WriteOcw2(rotates: Bit(7), names: Bit(6), ends: Bit(5), value & 7);
        }
    }

    private void WriteOdd(int value)
    {
        switch (_awaited.TryDequeue(out int word) ? word : 1)
        {
            case 1:
                LevelFell = false;
                for (int i = 0; i < 8; i++)
                {
                    Inputs[i].Masked = (value >> i & 1) != 0;
                }

                break;
            case 2:
                _vectorBase = value / 8 * 8;
                break;
            case 4:
                _autoEoi = (value & 2) != 0;
                _nested = (value & 16) != 0;
                break;
        }
    }

    private void WriteOcw2(bool rotates, bool names, bool ends, int named)
    {
        if (!names && !ends)
        {
            _rotate = rotates;
            return;
        }

        int? meant = names ? named : _order.Cast<int?>().FirstOrDefault(
            i => Inputs[i!.Value].InService && !(_specialMask && Inputs[i.Value].Masked));
        if (meant is { } input)
        {
            Inputs[input].InService &= !ends;
            if (rotates)
            {
                MakeLowest(input);
            }
        }
    }

    private void MakeLowest(int input) => _order = [.. Enumerable.Range(input + 1, 8).Select(i => i % 8)];

    internal sealed class Input
    {
        public bool High { get; set; }

        public bool Latched { get; set; }

        public bool InService { get; set; }

        public bool Masked { get; set; }

        public bool Elcr { get; set; }

        public bool AllLevel { get; set; }

        public bool IsLevel => Elcr || AllLevel;

        public bool Requests => IsLevel ? High : Latched;
    }
}
