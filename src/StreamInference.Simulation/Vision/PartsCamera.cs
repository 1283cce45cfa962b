namespace StreamInference.Simulation.Vision;

/// <summary>
/// A camera above a belt of machined parts, some of them with defects, drawn by a seed: the demo's source of frames and the training set of
/// its detector. Frame n depends on the seed and on n alone, so any frame can be drawn again.
/// </summary>
public sealed class PartsCamera
{
    /// <summary>Columns of a frame.</summary>
    public const int Width = 320;

    /// <summary>Rows of a frame.</summary>
    public const int Height = 240;
    private const double Spacing = 118;
    private const int Speed = 6;
    private const double EnoughCover = 0.3;
    private const int FewestVisiblePixels = 30;
    private readonly ulong _seed;
    private readonly double _gain, _warmth;

    // The parts in view, drawn again from frame to frame.
    private readonly Dictionary<long, Part> _parts = [];

    /// <summary>Creates the camera.</summary>
    /// <param name="seed">Cameras of different seeds see different parts in different light.</param>
    public PartsCamera(ulong seed)
    {
        _seed = CounterRandom.Mix(seed);
        var random = new CounterRandom(_seed, ulong.MaxValue);
        (_gain, _warmth) = (random.Next(0.8, 1.15), random.Next(-0.05, 0.05));
    }

    /// <summary>Draws a frame.</summary>
    /// <param name="index">The frame's number, at least 0; the belt moves on with it.</param>
    /// <param name="into">A frame of 320 by 240 pixels; overwritten.</param>
    public void Draw(long index, CameraFrame into)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (into.Width != Width || into.Height != Height) throw new ArgumentException($"a frame of this camera has {Width}x{Height} pixels", nameof(into));
        into.Index = index;
        into.Defects.Clear();
        long shift = index * Speed;
        DrawBelt(into, shift);
        long first = (long)Math.Floor((shift - 70) / Spacing), last = (long)Math.Ceiling((shift + Width + 70) / Spacing);
        for (long number = first; number <= last; number++) DrawPart(into, PartAt(number), number * Spacing - shift);
        Expose(into, index);
        if (_parts.Count > 64) _parts.Clear();
    }

    private Part PartAt(long number) => _parts.TryGetValue(number, out var part) ? part : _parts[number] = new Part(_seed, number);

    private void DrawBelt(CameraFrame frame, long shift)
    {
        for (int y = 0, i = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, i += 3)
            {
                long along = x + shift;
                double rib = along % 24 < 2 ? -9 : 0, rubber = CounterRandom.Lattice(_seed, along / 2, y / 2) * 4;
                byte shade = (byte)(52 + rib + rubber);
                (frame.Rgb[i], frame.Rgb[i + 1], frame.Rgb[i + 2]) = (shade, shade, (byte)(shade + 4));
            }
        }
    }

    private static void DrawPart(CameraFrame frame, Part part, double rowX)
    {
        double middleX = rowX + part.OffsetX, middleY = Height / 2.0 + part.OffsetY;
        int left = Math.Max(0, (int)(middleX - part.Reach)), right = Math.Min(Width, (int)(middleX + part.Reach) + 1);
        int top = Math.Max(0, (int)(middleY - part.Reach)), bottom = Math.Min(Height, (int)(middleY + part.Reach) + 1);
        Span<Extent> seen = stackalloc Extent[part.Defects.Length];
        seen.Fill(Extent.Nothing);
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++) DrawPixel(frame, part, x, y, x + 0.5 - middleX, y + 0.5 - middleY, seen);
        for (int i = 0; i < seen.Length; i++)
            if (seen[i].Pixels >= FewestVisiblePixels) frame.Defects.Add(seen[i].ToBox(part.Defects[i].Kind));
    }

    private static void DrawPixel(CameraFrame frame, Part part, int x, int y, double u, double v, Span<Extent> seen)
    {
        double material = Math.Clamp(0.5 - part.Distance(u, v), 0, 1);
        if (material == 0) return;
        var colour = part.Surface(u, v);
        for (int i = 0; i < seen.Length; i++)
        {
            double cover = part.Defects[i].Cover(u, v);
            if (cover == 0) continue;
            colour = part.Defects[i].Shade(colour, cover, u, v);
            if (cover * material > EnoughCover) seen[i].Include(x, y);
        }

        var pixel = frame.Rgb.AsSpan((y * Width + x) * 3, 3);
        pixel[0] = Blend(pixel[0], colour.R, material);
        pixel[1] = Blend(pixel[1], colour.G, material);
        pixel[2] = Blend(pixel[2], colour.B, material);
    }

    // The lamp's brightness and colour, the lens's darker corners, the sensor's noise.
    private void Expose(CameraFrame frame, long index)
    {
        ulong noise = _seed + (ulong)index * 0x9e3779b97f4a7c15ul;
        for (int y = 0, i = 0; y < Height; y++)
        {
            double down = (y - Height / 2.0) / Height;
            for (int x = 0; x < Width; x++, i += 3)
            {
                double across = (x - Width / 2.0) / Width, grain = CounterRandom.Lattice(noise, x, y) * 2.5;
                double light = _gain * (1 - 0.35 * (across * across + down * down));
                frame.Rgb[i] = Clamp(frame.Rgb[i] * light * (1 + _warmth) + grain);
                frame.Rgb[i + 1] = Clamp(frame.Rgb[i + 1] * light + grain);
                frame.Rgb[i + 2] = Clamp(frame.Rgb[i + 2] * light * (1 - _warmth) + grain);
            }
        }
    }

    private static byte Blend(byte under, double over, double cover) => Clamp(under + (over - under) * cover);

    private static byte Clamp(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);

    private struct Extent
    {
        public static Extent Nothing => new() { _left = int.MaxValue, _top = int.MaxValue };
        private int _left, _top, _right, _bottom;

        public int Pixels { get; private set; }

        public void Include(int x, int y)
        {
            (_left, _top) = (Math.Min(_left, x), Math.Min(_top, y));
            (_right, _bottom) = (Math.Max(_right, x + 1), Math.Max(_bottom, y + 1));
            Pixels++;
        }

        public readonly DefectBox ToBox(DefectKind kind) => new(kind, _left, _top, _right, _bottom);
    }
}
