#:property NoWarn=CS1591
#:project ../../src/StreamInference.Simulation
#:property PublishAot=false
// dotnet run models/training/draw_frames.cs -- OUT COUNT FIRST_SEED [PREVIEW_FOLDER]: frames of the parts camera for training.
// OUT.rgb has COUNT frames of 240 x 320 x 3 bytes; OUT.csv has a line "frame,class,x0,y0,x1,y1" per defect. Each frame is of another camera.
using System.Globalization;
using StreamInference.Simulation.Vision;

var (output, count, firstSeed) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), ulong.Parse(args[2], CultureInfo.InvariantCulture));
var frame = new CameraFrame(PartsCamera.Width, PartsCamera.Height);
using var pixels = File.Create(output + ".rgb");
using var boxes = new StreamWriter(output + ".csv");
for (int i = 0; i < count; i++)
{
    new PartsCamera(firstSeed + (ulong)i).Draw(i % 1000, frame);
    pixels.Write(frame.Rgb);
    foreach (var box in frame.Defects) boxes.WriteLine(FormattableString.Invariant($"{i},{(int)box.Kind},{box.X0},{box.Y0},{box.X1},{box.Y1}"));
    if (args.Length > 3 && i < 24) File.WriteAllBytes(Path.Combine(args[3], $"{i:000}.png"), PngEncoder.Encode(frame.Rgb, frame.Width, frame.Height));
}
