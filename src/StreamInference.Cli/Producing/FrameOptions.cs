using System.CommandLine;
using System.CommandLine.Parsing;
using StreamInference.Configuration;

namespace StreamInference.Cli.Producing;

/// <summary>The options of <c>produce</c> that make frames.</summary>
internal static class FrameOptions
{
    private static readonly Option<string?> Frames = new("--frames")
    {
        Description = "Pictures as frames: a folder, or a pattern such as \"shots/*.jpg\", in the order of their names.",
        HelpName = "folder|glob",
    };

    private static readonly Option<string[]> Camera = new("--camera")
    {
        Description = "The camera of --frames, the record's key; given more than once, each camera sends every picture. [default: the folder's name]",
        HelpName = "name",
    };

    private static readonly Option<bool> Loop = new("--loop") { Description = "Begin again after the last picture, without end." };

    private static readonly Option<bool> AsReferences = new("--as-references")
    {
        Description = "Send the pictures' paths below the folder instead of their bytes: for a model with file_root.",
    };

    private static readonly Option<int?> SimulateCameras = new("--simulate-cameras") { Description = "Drawn frames of so many cameras above belts of parts, without end.", HelpName = "n" };

    static FrameOptions()
    {
        Frames.Validators.Add(result =>
        {
            if (result.GetValue(SimulateCameras) is not null) result.AddError("--frames and --simulate-cameras exclude each other.");
        });
        SimulateCameras.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is not (>= 1 and <= 1000)) result.AddError("--simulate-cameras must be from 1 to 1000.");
        });
    }

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Frames, Camera, Loop, AsReferences, SimulateCameras }) command.Options.Add(option);
    }

    /// <summary>Whether the command line asks for frames.</summary>
    public static bool AreGiven(SymbolResult result) => result.GetValue(Frames) is not null || result.GetValue(SimulateCameras) is not null;

    /// <summary>Whether the frames have no end.</summary>
    public static bool IsEndless(ParseResult parsed) => parsed.GetValue(SimulateCameras) is not null || (parsed.GetValue(Frames) is not null && parsed.GetValue(Loop));

    /// <summary>The frames that the command line asks for; null when it asks for none.</summary>
    /// <exception cref="InvalidConfigurationException">There is no picture.</exception>
    public static IRecordFeed? Feed(ParseResult parsed, ulong seed)
    {
        if (parsed.GetValue(SimulateCameras) is { } cameras) return new CameraFeed(seed, cameras);
        if (parsed.GetValue(Frames) is not { } pictures) return null;
        if (FrameFeed.Find(pictures).Length == 0) throw new InvalidConfigurationException("The command line", [new ConfigError("--frames", $"\"{pictures}\" names no picture")]);
        return new FrameFeed(pictures, parsed.GetValue(Camera) ?? [], parsed.GetValue(Loop), parsed.GetValue(AsReferences), TimeProvider.System);
    }
}
