using SkiaSharp;

namespace StreamInference.LoadTest.Frames;

/// <summary>Pictures of a folder as JPEG of one size.</summary>
internal static class FramePictures
{
    private const int Quality = 90;

    public static byte[][] Load(string folder, int width, int height, int most)
    {
        string[] files = [.. Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal)];
        return [.. files.Where((_, i) => i % Math.Max(1, files.Length / most) == 0).Take(most).Select(file => Resize(File.ReadAllBytes(file), width, height))];
    }

    /// <summary>A picture in another size and as JPEG.</summary>
    public static byte[] Resize(byte[] picture, int width, int height)
    {
        using SKBitmap decoded = SKBitmap.Decode(picture);
        using SKBitmap sized = decoded.Resize(new SKImageInfo(width, height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using SKData jpeg = sized.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }

    /// <summary>Decodes whole, as the library does it: what our decoding is compared with.</summary>
    public static void DecodeByLibrary(byte[] jpeg, nint pixels)
    {
        using SKData data = SKData.CreateCopy(jpeg);
        using SKCodec codec = SKCodec.Create(data);
        codec.GetPixels(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
    }
}
