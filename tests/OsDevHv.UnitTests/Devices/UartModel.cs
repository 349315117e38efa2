using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>The data sheet's rules once more, as plainly as they can be put: nothing kept that can be worked out.</summary>
internal sealed class UartModel
{
    private readonly List<(byte Value, int Errors)> _received = [];
    private int _ier;
    private int _fcr;
    private int _lcr;
    private int _mcr;
    private int _scr;
    private int _dll = 12;
    private int _dlm;
    private int _pendingErrors;
    private int _modem = 0xb0;
    private int _deltas;
    private int _lastRead;
    private bool _thrEmptied;

    public List<byte> Sent { get; } = [];

    public bool InterruptIsHigh => (_mcr & 0x08) != 0 && Identification() != 0x01;

    private bool Fifo => (_fcr & 1) != 0;

    private bool Loop => (_mcr & 0x10) != 0;

    private int Depth => Fifo ? 16 : 1;

    private int Trigger => Fifo ? new[] { 1, 4, 8, 14 }[_fcr >> 6] : 1;

    private int ModemLevels => Loop
        ? (_mcr & 0x02) << 3 | (_mcr & 0x01) << 5 | (_mcr & 0x04) << 4 | (_mcr & 0x08) << 4
        : _modem;

    public bool Receive(byte value, LineErrors errors)
    {
        if (Loop || _received.Count == Depth)
        {
            return false;
        }

        Arrive(value, (int)errors & 0x1c);
        return true;
    }

    public void SetModem(ModemInputs inputs)
    {
        int before = ModemLevels;
        _modem = (int)inputs & 0xf0;
        NoteChanges(before);
    }

    public byte Read(int register) => (byte)((register, _lcr & 0x80) switch
    {
        (0, 0) => ReadReceiver(),
        (0, _) => _dll,
        (1, 0) => _ier,
        (1, _) => _dlm,
        (2, _) => ReadIdentification(),
        (3, _) => _lcr,
        (4, _) => _mcr,
        (5, _) => ReadLineStatus(),
        (6, _) => ReadModemStatus(),
        _ => _scr,
    });

    public void Write(int register, byte value)
    {
        switch (register, _lcr & 0x80)
        {
            case (0, 0):
                Transmit(value);
                break;
            case (0, _):
                _dll = value;
                break;
            case (1, 0):
                _thrEmptied |= (_ier & 2) == 0 && (value & 2) != 0;
                _ier = value & 0x0f;
                break;
            case (1, _):
                _dlm = value;
                break;
            case (2, _):
                ControlFifos(value);
                break;
            case (3, _):
                _lcr = value;
                break;
            case (4, _):
                int before = ModemLevels;
                _mcr = value & 0x1f;
                NoteChanges(before);
                break;
            case (7, _):
                _scr = value;
                break;
        }
    }

    private int Identification()
    {
        (bool Pending, int Id)[] byPriority =
        [
            ((_ier & 4) != 0 && _pendingErrors != 0, 0x06),
            ((_ier & 1) != 0 && _received.Count >= Trigger, 0x04),
            ((_ier & 1) != 0 && Fifo && _received.Count > 0, 0x0c),
            ((_ier & 2) != 0 && _thrEmptied, 0x02),
            ((_ier & 8) != 0 && _deltas != 0, 0x00),
            (true, 0x01),
        ];
        return byPriority.First(cause => cause.Pending).Id;
    }

    private int ReadIdentification()
    {
        int id = Identification();
        _thrEmptied &= id != 0x02;
        return id | (Fifo ? 0xc0 : 0);
    }

    private int ReadReceiver()
    {
        if (_received.Count > 0)
        {
            _lastRead = _received[0].Value;
            _received.RemoveAt(0);
            RevealTop();
        }

        return _lastRead;
    }

    private int ReadLineStatus()
    {
        bool errorInFifo = Fifo && ((_pendingErrors & 0x1c) != 0 || _received.Any(c => c.Errors != 0));
        int value = 0x60 | (_received.Count > 0 ? 1 : 0) | _pendingErrors | (errorInFifo ? 0x80 : 0);
        _pendingErrors = 0;
        return value;
    }

    private int ReadModemStatus()
    {
        int value = ModemLevels | _deltas;
        _deltas = 0;
        return value;
    }

    private void Transmit(byte value)
    {
        _thrEmptied = true;
        if (!Loop)
        {
            Sent.Add(value);
        }
        else if (_received.Count < Depth)
        {
            Arrive(value, 0);
        }
        else
        {
            _pendingErrors |= 0x02;
            if (!Fifo)
            {
                _received[0] = (value, 0);
            }
        }
    }

    private void ControlFifos(byte value)
    {
        bool modeChanges = ((_fcr ^ value) & 1) != 0;
        if (modeChanges || (value & 3) == 3)
        {
            _received.Clear();
            _lastRead = 0;
            _pendingErrors &= 0x02;
        }

        _thrEmptied |= modeChanges;
        _fcr = value;
    }

    private void Arrive(byte value, int errors)
    {
        _received.Add((value, errors));
        if (_received.Count == 1)
        {
            RevealTop();
        }
    }

    private void RevealTop()
    {
        if (_received.Count > 0)
        {
            _pendingErrors |= _received[0].Errors;
            _received[0] = (_received[0].Value, 0);
        }
    }

    private void NoteChanges(int before)
    {
        for (int bit = 4; bit < 8; bit++)
        {
            bool was = (before >> bit & 1) != 0;
            bool now = (ModemLevels >> bit & 1) != 0;
            bool noted = bit == 6 ? was && !now : was != now;
            _deltas |= noted ? 1 << (bit - 4) : 0;
        }
    }
}
