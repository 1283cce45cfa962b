using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Description;

/// <summary>Reads a <c>model.yaml</c> of the kind <c>vision</c>. Every error is noted with file, line and key; nothing is loaded but label files.</summary>
public static class VisionDescriptionFile
{
    /// <summary>The kind that the description names.</summary>
    public const string Kind = "vision";

    private static readonly string[] Fits = ["stretch", "letterbox", "letterbox_centered", "crop"];
    private static readonly string[] PostprocessKinds = ["classification", "yolox", "yolov8", "nanodet", "ultraface", "ssd", "fastestdet", "text"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The <c>model.yaml</c>; paths in it start at its folder.</param>
    /// <exception cref="ModelDescriptionException">The description has mistakes; all of them.</exception>
    public static VisionDescription Load(string path) => Read(File.ReadAllText(path), path);

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="path">Where it came from: named in errors, and its folder is where paths start.</param>
    /// <exception cref="ModelDescriptionException">The description has mistakes; all of them.</exception>
    public static VisionDescription Read(string text, string path)
    {
        DescriptionErrors errors = new(path);
        var map = YamlFile.Read(text, errors);
        errors.ThrowIfAny();
        var description = Read(new YamlSection(map), Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");
        errors.ThrowIfAny();
        return description;
    }

    private static VisionDescription Read(YamlSection root, string folder)
    {
        if (root.Choice("kind", [Kind]) is null && !root.Has("kind")) root.Error("kind", $"is missing; here it is {Kind}");
        VisionDescription description = new()
        {
            Name = root.RequiredText("name"),
            Version = Required(root, "version", root.Integer("version", 1, int.MaxValue)),
            File = Path.Combine(folder, root.Text("file") ?? "model.onnx"),
            Providers = Providers(root),
            Require = root.Choice("require", ExecutionProviders.Names) is { } required ? Provider(required) : null,
            Threads = root.Integer("threads", 0, 256) ?? 1,
            MaxBatchSize = root.Integer("max_batch_size", 1, 1024) ?? 8,
            AllowRowDependence = root.Flag("allow_row_dependence") ?? false,
            DecodeThreads = root.Integer("decode_threads", 0, 64) ?? VisionDescription.DefaultDecodeThreads,
            FileRoot = root.Text("file_root") is { } files ? Path.GetFullPath(Path.Combine(folder, files)) : null,
            Labels = Labels(root, folder),
            Limits = Limits(root.Section("limits")),
            Preprocess = Preprocess(root.Section("preprocess")),
            Postprocess = Postprocess(root, root.Section("postprocess"), folder),
            State = StateDescription.Read(root.Map("state")),
        };
        if (description is { State: not null, Postprocess: TextSpec }) root.Error("state", "is not for postprocess: text, which is two models");
        root.Finish();
        return description;
    }

    private static T Required<T>(YamlSection section, string key, T? value) where T : struct
    {
        if (value is null && !section.Has(key)) section.Error(key, "is missing");
        return value ?? default;
    }

    private static List<ExecutionProvider> Providers(YamlSection root)
    {
        List<ExecutionProvider> providers = [];
        foreach (string name in root.Texts("providers") ?? ["cpu"])
        {
            if (ExecutionProviders.TryParse(name, out var provider)) providers.Add(provider);
            else root.Error("providers", $"must be of {string.Join(", ", ExecutionProviders.Names)}, not \"{name}\"");
        }

        return providers;
    }

    private static ExecutionProvider Provider(string name) => ExecutionProviders.TryParse(name, out var provider) ? provider : default;

    // A file with a label a line, or the labels themselves.
    private static IReadOnlyList<string> Labels(YamlSection root, string folder)
    {
        int skip = root.Integer("labels_skip_words", 0, 8) ?? 0;
        if (root.IsList("labels")) return root.Texts("labels") ?? [];
        return root.Text("labels") is { } file ? [.. Lines(root, "labels", Path.Combine(folder, file)).Select(line => SkipWords(line, skip))] : [];
    }

    private static string SkipWords(string line, int words)
    {
        for (; words > 0; words--) line = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        return line;
    }

    private static string[] Lines(YamlSection section, string key, string file)
    {
        // Only line feeds part lines: a character list may hold other separators as characters.
        if (File.Exists(file)) return [.. File.ReadAllText(file).TrimEnd('\n', '\r').Split('\n').Select(line => line.TrimEnd('\r'))];
        section.Error(key, $"names {file}, which does not exist");
        return [];
    }

    private static FrameLimits Limits(YamlSection section)
    {
        FrameLimits usual = new();
        FrameLimits limits = new()
        {
            MaxBytes = section.Integer("max_bytes", 1, int.MaxValue) ?? usual.MaxBytes,
            MaxPixels = section.Integer("max_pixels", 1, 268_435_456) ?? usual.MaxPixels,
            MaxJpegScans = section.Integer("max_jpeg_scans", 1, 10_000) ?? usual.MaxJpegScans,
            MaxJpegScanPixels = section.Integer("max_jpeg_scan_pixels", 1, int.MaxValue) ?? usual.MaxJpegScanPixels,
        };
        section.Finish();
        return limits;
    }

    private static PreprocessSpec Preprocess(YamlSection section)
    {
        string fit = section.Choice("fit", Fits) ?? "stretch";
        var colour = section.Choice<ColourOrder>("colour") ?? ColourOrder.Rgb;
        int channels = colour == ColourOrder.Gray ? 1 : 3;
        var (width, height) = (section.Integer("width", 1, 16_384) ?? 0, section.Integer("height", 1, 16_384) ?? 0);
        var mode = fit switch { "stretch" => FitMode.Stretch, "crop" => FitMode.Crop, _ => FitMode.Letterbox };
        int? side = section.Integer("resize_short", 1, 16_384);
        if (side is not null && mode != FitMode.Crop) section.Error("resize_short", "is for fit: crop");
        if (side < Math.Max(width, height)) section.Error("resize_short", $"must be at least width and height ({Math.Max(width, height)})");
        PreprocessSpec spec = new()
        {
            Fit = new FrameFit(width, height, mode) { ResizeShort = side, Centered = fit == "letterbox_centered" },
            Colour = colour,
            Layout = section.Choice<TensorLayout>("layout") ?? TensorLayout.Nchw,
            Type = section.Choice("type", ["float32", "uint8"]) == "uint8" ? PixelType.UInt8 : PixelType.Float32,
            Filter = section.Choice<ResizeFilter>("filter") ?? ResizeFilter.Antialias,
            Scale = section.Number("scale") ?? 1,
            Mean = section.Numbers("mean", channels) ?? new float[channels],
            Std = section.Numbers("std", channels) ?? [.. Enumerable.Repeat(1f, channels)],
            Pad = section.Number("pad", 0, 255) ?? 0,
            ScaledDecode = section.Flag("scaled_decode") ?? true,
        };
        if (spec.Std.Any(std => std == 0)) section.Error("std", "must not be 0");
        section.Finish();
        return spec;
    }

    private static PostprocessSpec Postprocess(YamlSection root, YamlSection section, string folder)
    {
        if (!root.Has("postprocess")) root.Error("postprocess", "is missing");
        string? kind = section.Choice("kind", PostprocessKinds);
        if (kind is null && root.Has("postprocess") && !section.Has("kind")) section.Error("kind", $"is missing; it is one of {string.Join(", ", PostprocessKinds)}");
        PostprocessSpec spec = kind switch
        {
            null => new ClassificationSpec(),
            "classification" => new ClassificationSpec
            {
                Activation = section.Choice<Activation>("activation") ?? Activation.Softmax,
                TopK = section.Integer("top_k", 1, 1000) ?? 5,
            },
            "text" => Text(section, folder),
            _ => Detection(section, Enum.Parse<DetectorKind>(kind, ignoreCase: true)),
        };
        spec = spec with { Outputs = section.Texts("outputs") ?? [] };
        if (kind is not null) section.Finish();
        return spec;
    }

    private static DetectionSpec Detection(YamlSection section, DetectorKind detector)
    {
        DetectionSpec spec = new()
        {
            Detector = detector,
            ScoreThreshold = section.Number("score_threshold", 0, 1) ?? 0.3f,
            NmsThreshold = section.Number("nms_threshold", 0, 1) ?? 0.45f,
            MaxDetections = section.Integer("max_detections", 1, 1000) ?? 100,
            Clip = section.Flag("clip") ?? true,
        };
        return detector switch
        {
            DetectorKind.Yolox => spec with
            {
                Strides = section.Integers("strides", 1, 1024) ?? spec.Strides,
                Decoded = section.Flag("decoded") ?? false,
            },
            DetectorKind.Nanodet => spec with
            {
                Strides = section.Integers("strides", 1, 1024) ?? spec.Strides,
                CellCentre = section.Number("cell_centre", 0, 1) ?? 0.5f,
            },
            DetectorKind.Ssd => spec with
            {
                CornersYxyx = section.Choice("corners", ["xyxy", "yxyx"]) == "yxyx",
                Relative = section.Flag("relative") ?? true,
                Background = section.Integer("background", -1, 100_000) ?? 0,
                Listed = section.Flag("listed") ?? false,
            },
            _ => spec,
        };
    }

    private static TextSpec Text(YamlSection section, string folder) => new()
    {
        Recognizer = Path.Combine(folder, section.RequiredText("recognizer")),
        Characters = section.RequiredText("characters") is { Length: > 0 } file ? Lines(section, "characters", Path.Combine(folder, file)) : [],
        MaxSide = section.Integer("max_side", 32, 8192) ?? 960,
        MinSide = section.Integer("min_side", 0, 8192) ?? 0,
        PixelThreshold = section.Number("pixel_threshold", 0, 1) ?? 0.3f,
        BoxThreshold = section.Number("box_threshold", 0, 1) ?? 0.6f,
        UnclipRatio = section.Number("unclip_ratio", 0, 10) ?? 1.5f,
        TextThreshold = section.Number("text_threshold", 0, 1) ?? 0.5f,
        RecognizerBatch = section.Integer("recognizer_batch", 1, 64) ?? 8,
        LineHeight = section.Integer("line_height", 8, 256) ?? 48,
        MaxLines = section.Integer("max_lines", 1, 10_000) ?? 1000,
    };
}
