using System.Net;

namespace StreamInference.Onnx.Vision.Drawing;

/// <summary>A page that shows the drawn frames of a run side by side. Refers to the pictures, does not hold them.</summary>
/// <param name="title">The page's title.</param>
public sealed class ContactSheet(string title)
{
    private readonly List<(string Picture, string Caption)> _frames = [];

    /// <summary>Frames so far.</summary>
    public int Count => _frames.Count;

    /// <summary>Adds a frame.</summary>
    /// <param name="picture">The picture's file, relative to the page, with forward slashes.</param>
    /// <param name="caption">A line under it.</param>
    public void Add(string picture, string caption) => _frames.Add((picture, caption));

    /// <summary>Writes the page as HTML, whole in itself but for the pictures.</summary>
    /// <param name="output">Gets the text.</param>
    public void Write(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
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
        foreach (var (picture, caption) in _frames)
        {
            string address = WebUtility.HtmlEncode(string.Join('/', picture.Split('/').Select(Uri.EscapeDataString)));
            output.WriteLine($"<figure><a href=\"{address}\"><img loading=\"lazy\" src=\"{address}\" alt=\"\"></a><figcaption>{WebUtility.HtmlEncode(caption)}</figcaption></figure>");
        }

        output.Write("</main>\n</body>\n</html>\n");
    }
}
