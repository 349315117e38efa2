using System.Buffers.Binary;
using CsCheck;
using OsDevHv.Devices;

namespace OsDevHv.Tests.Devices;

/// <summary>Guests that do anything with the device, and lie in every field of a DMA structure, against a plain model.</summary>
public sealed class FwCfgPropertyTests
{
    private const int RamBytes = 0x4000;

    private enum Step
    {
        Select,
        ReadByte,
        Dma,
        Reset,
    }

    private static readonly Gen<ushort> _key = Gen.OneOf(
        Gen.OneOf<ushort>(0x00, 0x01, 0x19, 0x20, 0x21, 0x22, 0x4020, 0x4021, 0x8020, 0xffff), Gen.UShort);

    private static readonly Gen<ulong> _address = Gen.OneOf(
        Gen.ULong[0, RamBytes + 64],
        Gen.ULong[RamBytes - 40, RamBytes + 8],
        Gen.OneOf<ulong>(ulong.MaxValue, ulong.MaxValue - 15, 1UL << 32, (1UL << 63) - 1),
        Gen.ULong);

    private static readonly Gen<uint> _length = Gen.OneOf(
        Gen.UInt[0, 12], Gen.UInt[0, RamBytes + 64], Gen.OneOf<uint>(uint.MaxValue, 1u << 31, RamBytes), Gen.UInt);

    private static readonly Gen<(Step What, ushort Key, uint Bits, uint Length, ulong Address, ulong Structure)[]> _steps = Gen.Select(
        Gen.Frequency((3, Gen.Const(Step.Select)), (3, Gen.Const(Step.ReadByte)), (12, Gen.Const(Step.Dma)), (1, Gen.Const(Step.Reset))),
        _key,
        Gen.Frequency((5, Gen.UInt[0, 31]), (1, Gen.UInt[0, 0xffff])),
        _length,
        _address,
        Gen.Frequency((5, Gen.ULong[0, RamBytes - 16]), (1, _address)),
        (what, key, bits, length, address, structure) => (what, key, bits, length, address, structure)).Array[1, 40];

    [Fact]
    public void Whatever_a_guest_does_it_gets_what_the_specification_says()
    {
        _steps.Sample(
            steps =>
            {
                PlainRam ram = new();
                FwCfgItems items = new();
                items.AddFile("opt/a", "abcdefghijklmnop"u8);
                items.AddWritableFile("opt/b", "0123456789"u8);
                items.AddWritableFile("opt/c", []);
                FwCfg device = new(items, ram);
                Model model = new();
                foreach (var (what, key, bits, length, address, structure) in steps)
                {
                    switch (what)
                    {
                        case Step.Select:
                            device.Write(FwCfg.SelectorOffset, 2, key);
                            model.Select(key);
                            break;
                        case Step.ReadByte:
                            Assert.Equal(model.Next(), (byte)device.Read(1, 1));
                            break;
                        case Step.Reset:
                            device.Reset();
                            model.Reset();
                            break;
                        default:
                            byte[] fields = new byte[16];
                            BinaryPrimitives.WriteUInt32BigEndian(fields, ((uint)key << 16) | bits);
                            BinaryPrimitives.WriteUInt32BigEndian(fields.AsSpan(4), length);
                            BinaryPrimitives.WriteUInt64BigEndian(fields.AsSpan(8), address);
                            ram.TryWrite(structure, fields);
                            ram.Bytes.CopyTo(model.Ram, 0);
                            device.Write(FwCfg.DmaOffset, 4, BinaryPrimitives.ReverseEndianness((uint)(structure >> 32)));
                            device.Write(FwCfg.DmaOffset + 4, 4, BinaryPrimitives.ReverseEndianness((uint)structure));
                            model.Dma(structure);
                            Assert.Equal(model.Ram, ram.Bytes);
                            break;
                    }
                }

                Assert.Equal(model.Item(0x21), Read(device, 0x21, 10));
                Assert.Equal(model.Item(0x20), Read(device, 0x20, 16));
            },
            iter: 10_000);
    }

    private static byte[] Read(FwCfg device, ushort key, int count)
    {
        device.Write(FwCfg.SelectorOffset, 2, key);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)device.Read(1, 1))];
    }

    private sealed class PlainRam : IGuestMemory
    {
        public byte[] Bytes { get; } = [.. Enumerable.Range(0, RamBytes).Select(i => (byte)(i * 7))];

        public bool TryRead(ulong address, Span<byte> destination)
        {
            bool isRam = Contains(address, (ulong)destination.Length);
            if (isRam)
            {
                Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
            }

            return isRam;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
        {
            bool isRam = Contains(address, (ulong)source.Length);
            if (isRam)
            {
                source.CopyTo(Bytes.AsSpan((int)address));
            }

            return isRam;
        }

        public bool Contains(ulong address, ulong length) => (UInt128)address + length <= RamBytes;
    }

    /// <summary>A byte at a time, with numbers that cannot overflow.</summary>
    private sealed class Model
    {
        private readonly Dictionary<int, byte[]> _items = [];
        private int _selected;
        private Int128 _offset;

        public Model() => Reset();

        public byte[] Ram { get; } = new byte[RamBytes];

        public byte[] Item(int key) => _items[key];

        public void Reset()
        {
            _items[0x00] = [.. "QEMU"u8];
            _items[0x01] = [3, 0, 0, 0];
            _items[0x20] = [.. "abcdefghijklmnop"u8];
            _items[0x21] = [.. "0123456789"u8];
            _items[0x22] = [];
            byte[] directory = new byte[4 + (3 * 64)];
            directory[3] = 3;
            for (int i = 0; i < 3; i++)
            {
                int entry = 4 + (64 * i);
                directory[entry + 3] = (byte)_items[0x20 + i].Length;
                directory[entry + 5] = (byte)(0x20 + i);
                $"opt/{(char)('a' + i)}".Select(c => (byte)c).ToArray().CopyTo(directory, entry + 8);
            }

            _items[0x19] = directory;
            Select(0);
        }

        public void Select(int key)
        {
            _selected = key & 0xbfff;
            _offset = 0;
        }

        public byte Next()
        {
            if (!_items.TryGetValue(_selected, out byte[]? item) || _offset >= item.Length)
            {
                return 0;
            }

            return item[(int)_offset++];
        }

        public void Dma(ulong structure)
        {
            uint result = 1;
            if ((Int128)structure + 16 <= RamBytes)
            {
                ReadOnlySpan<byte> fields = Ram.AsSpan((int)structure, 16);
                result = Operate(
                    BinaryPrimitives.ReadUInt32BigEndian(fields), BinaryPrimitives.ReadUInt32BigEndian(fields[4..]),
                    BinaryPrimitives.ReadUInt64BigEndian(fields[8..]))
                    ? 0u
                    : 1;
            }

            if ((Int128)structure + 4 <= RamBytes)
            {
                BinaryPrimitives.WriteUInt32BigEndian(Ram.AsSpan((int)structure), result);
            }
        }

        private bool Operate(uint control, uint length, ulong address)
        {
            if ((control & 8) != 0)
            {
                Select((int)(control >> 16));
            }

            bool isRam = length == 0 || (Int128)address + length <= RamBytes;
            byte[]? item = _items.GetValueOrDefault(_selected);
            if ((control & 2) != 0)
            {
                for (uint i = 0; isRam && i < length; i++)
                {
                    Ram[(int)address + i] = Next();
                }

                return isRam;
            }

            if ((control & 16) != 0)
            {
                bool fits = length == 0 || (_selected is 0x21 or 0x22 && _offset + length <= item!.Length);
                for (uint i = 0; fits && isRam && i < length; i++)
                {
                    item![(int)_offset++] = Ram[(int)address + i];
                }

                return fits && isRam;
            }

            if ((control & 4) != 0)
            {
                _offset = Int128.Min(_offset + length, item?.Length ?? 0);
            }

            return true;
        }
    }
}
