using SkiaSharp;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>Tests that watch the process's memory run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryWatch
{
    public const string Name = "memory";
}

/// <summary>Mutated images: each is an error or pixels, in bounded time and memory.</summary>
[Collection(MemoryWatch.Name)]
public sealed class FrameFuzzTests
{
    private const int Mutations = 10_000;
    private const int Seed = 20260408;

    [Fact]
    public void Ten_thousand_mutated_images_are_an_error_or_pixels()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        FrameLimits limits = new() { MaxPixels = 1 << 20 };
        FrameDecoder decoder = new(limits);
        PreprocessSpec spec = new() { Fit = new FrameFit(32, 32, FitMode.Letterbox) };
        TensorWriter writer = new(spec);
        byte[] tensor = new byte[spec.Bytes];
        byte[][] originals = Originals();
        Random random = new(Seed);
        int decoded = 0, refused = 0;
        long settled = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutated = Mutate(originals[i % originals.Length], random);
            if (decoder.Decode(mutated, i % 2 == 0 ? spec.Fit : null) is { Failed: true } error)
            {
                refused++;
                Assert.NotEmpty(error.Detail);
            }
            else
            {
                decoded++;
                Assert.InRange((long)decoder.Pixels.Width * decoder.Pixels.Height, 1, limits.MaxPixels);
                writer.Write(decoder.Pixels, decoder.SourceWidth, decoder.SourceHeight, tensor);
            }

            if (i == Mutations / 4) settled = Resident();
        }

        Assert.True(decoded > 500, $"{decoded} were decoded");
        Assert.True(refused > 500, $"{refused} were refused");
        // A leak of one small frame per image would be 60 MB.
        Assert.InRange(Resident() - settled, long.MinValue, 32 << 20);
    }

    private static byte[][] Originals()
    {
        byte[] rgb = Pictures.Noise(48, 40, 3);
        return
        [
            Pictures.Encode(rgb, 48, 40, SKEncodedImageFormat.Jpeg, 80),
            Pictures.WithExifOrientation(Pictures.Encode(rgb, 48, 40, SKEncodedImageFormat.Jpeg, 50), 6),
            EncodedPictures.ProgressiveJpeg,
            EncodedPictures.CmykJpeg,
            Pictures.Png(48, 40, 8, 2, rgb),
            Pictures.Png(12, 40, 16, 6, rgb[..(12 * 40 * 8)]),
            EncodedPictures.AnimatedPng,
            Pictures.Encode(rgb, 48, 40, SKEncodedImageFormat.Webp, 80),
            EncodedPictures.AnimatedWebP,
            EncodedPictures.AnimatedGif,
            EncodedPictures.Bmp,
        ];
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int edits = 1 + random.Next(4); edits > 0; edits--)
        {
            // Headers are near the front: half of the edits go there.
            int at = random.Next(random.Next(2) == 0 ? Math.Min(64, bytes.Count) : bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)255; break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                case 4: bytes.RemoveRange(at, Math.Min(random.Next(8), bytes.Count - at)); break;
                default: bytes.AddRange(bytes.GetRange(at, Math.Min(random.Next(64), bytes.Count - at))); break;
            }

            if (bytes.Count == 0) bytes.Add(0);
        }

        return random.Next(8) == 0 ? [.. bytes.Take(random.Next(bytes.Count))] : [.. bytes];
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
