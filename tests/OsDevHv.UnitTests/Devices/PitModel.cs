namespace OsDevHv.Tests.Devices;

/// <summary>The 8254 data sheet's prose, one clock pulse at a time.</summary>
internal sealed class PitModel
{
    private readonly Counter[] _counters = [new(gate: true), new(gate: true), new(gate: false)];

    public PitModel()
    {
        WriteControl(0x34);
        WriteControl(0x76);
        WriteControl(0xb6);
        for (int i = 0; i < 6; i++)
        {
            Write(i / 2, 0);
        }
    }

    public int Rises { get; private set; }

    public bool Out(int counter) => _counters[counter].Out;

    public int Count(int counter) => _counters[counter].Shown;

    public void SetGate2(bool high) => _counters[2].SetGate(high);

    public void Tick()
    {
        bool before = _counters[0].Out;
        foreach (Counter counter in _counters)
        {
            counter.Tick();
        }

        NoteRise(before);
    }

    public void WriteControl(byte value)
    {
        bool before = _counters[0].Out;
        if (value >= 0xc0)
        {
            for (int i = 0; i < 3; i++)
            {
                if ((value & (2 << i)) != 0)
                {
                    _counters[i].ReadBack((value & 0x20) == 0, (value & 0x10) == 0);
                }
            }
        }
        else if ((value & 0x30) == 0)
        {
            _counters[value >> 6].ReadBack(true, false);
        }
        else
        {
            _counters[value >> 6].Program(value & 0x3f);
        }

        NoteRise(before);
    }

    public void Write(int counter, byte value)
    {
        bool before = _counters[0].Out;
        _counters[counter].Write(value);
        NoteRise(before);
    }

    public byte Read(int counter) => _counters[counter].Read();

    private void NoteRise(bool before) => Rises += _counters[0].Out && !before ? 1 : 0;

    private sealed class Counter(bool gate)
    {
        private readonly Queue<byte> _latched = new();
        private bool _gate = gate;
        private int? _status;
        private int _control;
        private int _mode;
        private int _modulus = 0x10000;
        private int? _low;
        private bool _readHigh;
        private int _element;
        private int? _written;
        private bool _loadNext;
        private bool _running;
        private bool _done;
        private bool _oddHigh;
        private bool _nullCount;

        public bool Out { get; private set; }

        public int Shown => _modulus == 10_000
            ? Convert.ToInt32((_element % 10_000).ToString(System.Globalization.CultureInfo.InvariantCulture), 16)
            : _element & 0xffff;

        private int Access => _control >> 4;

        public void Program(int control)
        {
            _control = control;
            _mode = (control >> 1 & 7) switch { 6 => 2, 7 => 3, int mode => mode };
            _modulus = (control & 1) != 0 ? 10_000 : 0x10000;
            _element %= _modulus;
            _latched.Clear();
            _status = null;
            _low = null;
            _readHigh = false;
            _written = null;
            _loadNext = false;
            _running = false;
            _done = true;
            _nullCount = true;
            Out = _mode != 0;
        }

        public void Write(byte value)
        {
            if (Access == 3 && _low is null)
            {
                _low = value;
                if (_mode == 0)
                {
                    Out = false;
                    _running = false;
                    _loadNext = false;
                }

                return;
            }

            int word = Access switch { 1 => value, 2 => value << 8, _ => (value << 8) | _low!.Value };
            _low = null;
            int count = word;
            if (_modulus == 10_000)
            {
                count = 0;
                for (int digit = 12; digit >= 0; digit -= 4)
                {
                    count = (count * 10) + (word >> digit & 15);
                }

                count %= 10_000;
            }

            _written = count == 0 ? _modulus : count;
            _nullCount = true;
            if (_mode == 0)
            {
                Out = false;
            }

            if (_mode is 0 or 4 || (_mode is 2 or 3 && !_running))
            {
                _loadNext = true;
            }
        }

        public void SetGate(bool high)
        {
            if (high && !_gate && _mode is 1 or 2 or 3 or 5 && _written is not null)
            {
                _loadNext = true;
            }

            if (!high && _mode is 2 or 3)
            {
                Out = true;
            }

            _gate = high;
        }

        public void ReadBack(bool count, bool status)
        {
            if (count && _latched.Count == 0)
            {
                if (Access != 2)
                {
                    _latched.Enqueue((byte)Shown);
                }

                if (Access != 1)
                {
                    _latched.Enqueue((byte)(Shown >> 8));
                }
            }

            if (status)
            {
                _status ??= (Out ? 0x80 : 0) | (_nullCount ? 0x40 : 0) | _control;
            }
        }

        public byte Read()
        {
            if (_status is { } status)
            {
                _status = null;
                return (byte)status;
            }

            if (_latched.TryDequeue(out byte latched))
            {
                return latched;
            }

            bool high = Access == 2 || (Access == 3 && _readHigh);
            _readHigh = Access == 3 && !_readHigh;
            return (byte)(high ? Shown >> 8 : Shown);
        }

        public void Tick()
        {
            if (_loadNext)
            {
                Load();
                Out = _mode >= 2;
                return;
            }

            if (_mode is 4 or 5 && !Out)
            {
                Out = true;
            }

            if (!_running || (!_gate && _mode is not (1 or 5)))
            {
                return;
            }

            switch (_mode)
            {
                case 2 when _element == 1:
                    Load();
                    Out = true;
                    break;
                case 2:
                    _element--;
                    Out = _element != 1;
                    break;
                case 3:
                    TickSquareWave();
                    break;
                default:
                    _element = _element == 0 ? _modulus - 1 : _element - 1;
                    if (_element == 0 && !_done)
                    {
                        _done = true;
                        Out = _mode is 0 or 1;
                    }

                    break;
            }
        }

        /// <summary>"One CLK pulse after the count expires": an odd count shows 0 for a pulse in its high half.</summary>
        private void TickSquareWave()
        {
            bool ends = Out && _oddHigh ? _element == 0 : _element == 2;
            if (!ends)
            {
                _element -= 2;
                return;
            }

            Load();
            Out = !Out || _written == 1;
        }

        private void Load()
        {
            _loadNext = false;
            _nullCount = false;
            _running = true;
            _done = false;
            _element = _written!.Value;
            _oddHigh = _element % 2 != 0;
            if (_mode == 3)
            {
                _element -= _element % 2;
            }
        }
    }
}
