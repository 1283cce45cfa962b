using System.Net;

namespace StreamInference.Onnx.Vision.Drawing;

/// <summary>
/// A page that shows the drawn frames of a run side by side, whole in itself: it holds the pictures. Written as they come, so it takes no
/// memory; ended by <see cref="Dispose"/>.
/// </summary>
public sealed class ContactSheet : IDisposable
{
    private readonly TextWriter _output;

    /// <summary>Begins the page.</summary>
    /// <param name="title">The page's title.</param>
    /// <param name="output">Gets the text; the caller's to dispose, after the sheet.</param>
    public ContactSheet(string title, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        output.Write($$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>{{WebUtility.HtmlEncode(title)}}</title>
            <style>
            body { background: #181a1b; color: #ddd; font: 14px system-ui, sans-serif; margin: 16px }
            main { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 12px }
            figure { margin: 0 }
            img { width: 100%; display: block }
            figcaption { overflow-wrap: anywhere; padding: 4px 0 }
            </style>
            </head>
            <body>
            <h1>{{WebUtility.HtmlEncode(title)}}</h1>
            <main>

            """);
    }

    /// <summary>Frames so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a frame.</summary>
    /// <param name="jpeg">The picture.</param>
    /// <param name="caption">A line under it.</param>
    public void Add(ReadOnlySpan<byte> jpeg, string caption)
    {
        Count++;
        string text = WebUtility.HtmlEncode(caption);
        _output.WriteLine($"<figure><img alt=\"{text}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\"><figcaption>{text}</figcaption></figure>");
    }

    /// <summary>Ends the page.</summary>
    public void Dispose() => _output.Write($"</main>\n<p>{Count} frames</p>\n</body>\n</html>\n");
}
