using System.Buffers.Binary;

namespace OsDevHv.Devices;

/// <summary>
/// A frame buffer in guest memory, at the place and of the shape that the guest writes to the item <c>etc/ramfb</c> of <see cref="FwCfg"/>.
/// </summary>
/// <remarks>
/// <para>Specification: QEMU's hw/display/ramfb.c, its formats from ui/qemu-pixman.c. The item has 28 bytes, big-endian: address (64 bits),
/// fourcc, flags, width, height, stride (32 bits each); a stride of 0 is that of rows without gaps.</para>
/// <para>Not modelled: the VGA BIOS that QEMU adds for firmware. Unlike QEMU's, sizes go from 1 to 16384 pixels (there 16 to 16000 and
/// 12000), a stride need not be a multiple of 4, and one that is shorter than a row is refused. Flags have no meaning and are
/// ignored.</para>
/// <para>Each write to the item is a new configuration, as on QEMU. One that is refused is told and changes nothing: what was accepted last
/// stays. The frame may be anywhere in RAM; whether what is there is a picture, is the guest's business.</para>
/// <para>Called, and to be asked, under the lock of the <see cref="FwCfg"/>.</para>
/// </remarks>
public sealed class Ramfb : IFwCfgListener
{
    /// <summary>The name of its item.</summary>
    public const string ItemName = "etc/ramfb";

    /// <summary>The bytes of its item.</summary>
    public const int ItemSize = 28;

    /// <summary>The most pixels in a row, and the most rows.</summary>
    public const int MaximumSize = 16384;

    private const string DeviceName = "ramfb";

    private readonly IGuestMemory _memory;
    private readonly IGuestErrorLog? _errors;

    /// <summary>A frame buffer that is not configured.</summary>
    /// <param name="memory">Guest memory, in which a frame has to be.</param>
    /// <param name="errors">Hears of configurations that are refused; null is nobody.</param>
    public Ramfb(IGuestMemory memory, IGuestErrorLog? errors = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _memory = memory;
        _errors = errors;
    }

    /// <summary>The configuration that was accepted last; null before the first one. The frame was in RAM when it was accepted.</summary>
    public FrameLayout? Frame { get; private set; }

    /// <inheritdoc/>
    public void OnWritten(ReadOnlySpan<byte> content)
    {
        if (TryAccept(content, out FrameLayout frame))
        {
            Frame = frame;
        }
    }

    /// <inheritdoc/>
    public void OnReset() => Frame = null;

    private bool TryAccept(ReadOnlySpan<byte> content, out FrameLayout frame)
    {
        frame = default;
        if (content.Length != ItemSize)
        {
            return false;
        }

        ulong address = BinaryPrimitives.ReadUInt64BigEndian(content);
        uint fourcc = BinaryPrimitives.ReadUInt32BigEndian(content[8..]);
        uint width = BinaryPrimitives.ReadUInt32BigEndian(content[16..]);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(content[20..]);
        uint stride = BinaryPrimitives.ReadUInt32BigEndian(content[24..]);
        if (!PixelFormats.TryFromFourcc(fourcc, out PixelFormat format))
        {
            return Refuse("fourcc that is not XR24, AR24, XB24, AB24 or RG24", fourcc);
        }

        if (width is 0 or > MaximumSize)
        {
            return Refuse("width that is not 1 to 16384", width);
        }

        if (height is 0 or > MaximumSize)
        {
            return Refuse("height that is not 1 to 16384", height);
        }

        uint row = width * (uint)format.BytesPerPixel();
        stride = stride == 0 ? row : stride;
        if (stride < row || stride > int.MaxValue)
        {
            return Refuse(stride < row ? "stride that is shorter than a row" : "stride of 2 GiB or more", stride);
        }

        frame = new FrameLayout(address, format, (int)width, (int)height, (int)stride);
        return IsInMemory(frame) || Refuse("address of a frame that is not all in RAM", address);
    }

    private bool IsInMemory(in FrameLayout frame) => _memory.Contains(frame.Address, frame.Length);

    private bool IsPossible(in FrameLayout frame) =>
        Enum.IsDefined(frame.Format) && frame.Width is > 0 and <= MaximumSize && frame.Height is > 0 and <= MaximumSize
        && frame.Stride >= frame.RowBytes && IsInMemory(frame);

    private bool Refuse(string problem, ulong value)
    {
        _errors?.Report(DeviceName, problem, value);
        return false;
    }

    /// <inheritdoc/>
    public void ExchangeState(StateExchange state)
    {
        ArgumentNullException.ThrowIfNull(state);
        FrameLayout frame = Frame ?? default;
        bool isThere = state.Of(Frame is not null);
        frame = new FrameLayout(
            state.Of(frame.Address),
            (PixelFormat)state.Of((int)frame.Format),
            state.Of(frame.Width),
            state.Of(frame.Height),
            state.Of(frame.Stride));
        if (isThere && !IsPossible(frame))
        {
            throw StateExchange.Damaged();
        }
        Frame = isThere ? frame : null;
    }
}
