using System.CommandLine;

namespace StreamInference.Cli.Tailing;

/// <summary>The options of <c>tail</c> that draw results into their frames.</summary>
internal static class DrawOptions
{
    private static readonly Option<string?> Draw = new("--draw")
    {
        Description = "Write the frame of each result, with boxes and labels drawn, as a JPEG into this folder.",
        HelpName = "folder",
    };

    private static readonly Option<string?> Sheet = new("--contact-sheet") { Description = "Write a page of all drawn frames, whole in itself.", HelpName = "out.html" };

    private static readonly Option<string?> FileRoot = new("--file-root") { Description = "The folder of frames that records refer to by a path.", HelpName = "folder" };

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Draw, Sheet, FileRoot }) command.Options.Add(option);
    }

    /// <summary>What draws the results; null when nothing is to be drawn.</summary>
    public static FrameDrawer? Create(CliContext context, ParseResult parsed)
    {
        (string? folder, string? sheet) = (parsed.GetValue(Draw), parsed.GetValue(Sheet));
        return folder is null && sheet is null ? null : new FrameDrawer(Shell.ClientOptions.Settings(context, parsed), folder, sheet, parsed.GetValue(FileRoot));
    }
}
