using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CsCheck;
using StreamInference.Simulation.Vision;

namespace StreamInference.Simulation.Tests.Vision;

public sealed class PartsCameraTests
{
    [Fact]
    public void A_frame_depends_on_seed_and_number_alone()
    {
        PartsCamera camera = new(7);
        byte[][] inOrder = [.. Enumerable.Range(0, 20).Select(i => Draw(camera, i).Rgb)];

        PartsCamera again = new(7);
        foreach (int i in new[] { 19, 3, 0, 11 }) Assert.Equal(inOrder[i], Draw(again, i).Rgb);
        Assert.NotEqual(inOrder[0], Draw(new PartsCamera(8), 0).Rgb);
        Assert.NotEqual(inOrder[0], inOrder[1]);
    }

    [Fact]
    public void The_belt_carries_a_defect_through_the_picture()
    {
        PartsCamera camera = new(3);
        int first = Enumerable.Range(0, 500).First(i => Draw(camera, i).Defects.Exists(box => box.X0 > 250 && box.X1 < 300));
        var box = Draw(camera, first).Defects.First(box => box.X0 > 250 && box.X1 < 300);

        var later = Draw(camera, first + 20).Defects;

        Assert.Contains(later, moved => moved == box with { X0 = box.X0 - 120, X1 = box.X1 - 120 });
    }

    [Fact]
    public void Boxes_are_inside_the_frame_and_all_kinds_occur()
    {
        HashSet<DefectKind> kinds = [];
        int boxes = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            foreach (var box in Draw(new PartsCamera(seed), (long)seed * 1000).Defects)
            {
                Assert.InRange(box.X0, 0, box.X1 - 1);
                Assert.InRange(box.Y0, 0, box.Y1 - 1);
                Assert.InRange(box.X1, 1, PartsCamera.Width);
                Assert.InRange(box.Y1, 1, PartsCamera.Height);
                kinds.Add(box.Kind);
                boxes++;
            }
        }

        Assert.Equal(3, kinds.Count);
        Assert.InRange(boxes, 40, 200);
    }

    [Fact]
    public void A_png_holds_the_pixels_that_were_written() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int).Sample((width, height, seed) =>
        {
            byte[] rgb = new byte[width * height * 3];
            new Random(seed).NextBytes(rgb);
            Assert.Equal(rgb, ReadPng(PngEncoder.Encode(rgb, width, height), width, height));
        });

    [Fact]
    public void Pixels_of_another_size_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[11], 2, 2));
        Assert.Throws<ArgumentException>(() => new PartsCamera(1).Draw(0, new CameraFrame(10, 10)));
    }

    private static CameraFrame Draw(PartsCamera camera, long index)
    {
        CameraFrame frame = new(PartsCamera.Width, PartsCamera.Height);
        camera.Draw(index, frame);
        return frame;
    }

    // ISO/IEC 15948, as far as the encoder goes: one IDAT chunk, filter Up.
    private static byte[] ReadPng(byte[] file, int width, int height)
    {
        int at = 8 + 25;
        int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
        Assert.Equal("IDAT", Encoding.ASCII.GetString(file, at + 4, 4));
        Assert.Equal((width, height), (BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(20))));
        using ZLibStream zlib = new(new MemoryStream(file, at + 8, length), CompressionMode.Decompress);
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            Assert.Equal(2, zlib.ReadByte());
            zlib.ReadExactly(rgb, y * width * 3, width * 3);
            for (int i = y * width * 3; y > 0 && i < (y + 1) * width * 3; i++) rgb[i] += rgb[i - width * 3];
        }

        return rgb;
    }
}
