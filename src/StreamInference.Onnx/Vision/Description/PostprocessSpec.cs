using StreamInference.Onnx.Vision.Postprocessing;

namespace StreamInference.Onnx.Vision.Description;

/// <summary>What becomes of a model's outputs.</summary>
public abstract record PostprocessSpec
{
    /// <summary>The model's outputs by name, in the order that the decoder wants; empty for the model's own order.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];
}

/// <summary>One class or a few best classes for the whole frame. The first output has one value per class.</summary>
public sealed record ClassificationSpec : PostprocessSpec
{
    /// <summary>From raw outputs to scores; softmax unless set.</summary>
    public Activation Activation { get; init; } = Activation.Softmax;

    /// <summary>How many classes a result has; 5 unless set.</summary>
    public int TopK { get; init; } = 5;
}

/// <summary>The detectors whose outputs are understood.</summary>
public enum DetectorKind
{
    /// <summary>YOLOX, and with <see cref="DetectionSpec.Decoded"/> YOLOv5.</summary>
    Yolox,

    /// <summary>YOLOv8 and later exports of Ultralytics.</summary>
    Yolov8,

    /// <summary>NanoDet and NanoDet-Plus.</summary>
    Nanodet,

    /// <summary>UltraFace: an SSD of one class with background, relative corners.</summary>
    Ultraface,

    /// <summary>SSD with decoded boxes.</summary>
    Ssd,

    /// <summary>FastestDet.</summary>
    Fastestdet,
}

/// <summary>Boxes with classes.</summary>
public sealed record DetectionSpec : PostprocessSpec
{
    /// <summary>Whose outputs they are.</summary>
    public required DetectorKind Detector { get; init; }

    /// <summary>Boxes below it are dropped; 0.3 unless set.</summary>
    public float ScoreThreshold { get; init; } = 0.3f;

    /// <summary>Of two boxes of a class that overlap more (intersection over union) the worse is dropped; 0.45 unless set.</summary>
    public float NmsThreshold { get; init; } = 0.45f;

    /// <summary>At most so many boxes per frame, the best; 100 unless set.</summary>
    public int MaxDetections { get; init; } = 100;

    /// <summary>Cut boxes off at the frame's edges; true unless set.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>YOLOX, NanoDet: input pixels per cell of each level; 8, 16, 32 unless set.</summary>
    public IReadOnlyList<int> Strides { get; init; } = [8, 16, 32];

    /// <summary>YOLOX: boxes leave the model in input pixels.</summary>
    public bool Decoded { get; init; }

    /// <summary>NanoDet: where a cell's anchor is, in cells; 0.5 unless set, 0 for NanoDet-Plus.</summary>
    public float CellCentre { get; init; } = 0.5f;

    /// <summary>SSD: corners as top, left, bottom, right (TensorFlow).</summary>
    public bool CornersYxyx { get; init; }

    /// <summary>SSD: corners are parts of the input's size; true unless set.</summary>
    public bool Relative { get; init; } = true;

    /// <summary>SSD: the class that stands for nothing, 0 unless set; -1 for none.</summary>
    public int Background { get; init; }

    /// <summary>SSD: the outputs are boxes, scores, labels (and the count): the model has its own suppression.</summary>
    public bool Listed { get; init; }
}

/// <summary>Text: a detector of lines (DB, Liao et al. 2020) and a recognizer of one line (CTC), as PaddleOCR exports them.</summary>
public sealed record TextSpec : PostprocessSpec
{
    /// <summary>The recognizer's file, relative to the description.</summary>
    public required string Recognizer { get; init; }

    /// <summary>The characters of the recognizer's classes, one a line, without blank and space.</summary>
    public required IReadOnlyList<string> Characters { get; init; }

    /// <summary>The detector's input has at most so many pixels on its long side; 960 unless set.</summary>
    public int MaxSide { get; init; } = 960;

    /// <summary>Frames whose short side is smaller are enlarged to it, up to <see cref="MaxSide"/>; 0 unless set: never.</summary>
    public int MinSide { get; init; }

    /// <summary>Pixels above it are text; 0.3 unless set.</summary>
    public float PixelThreshold { get; init; } = 0.3f;

    /// <summary>Lines whose mean is below it are dropped; 0.6 unless set.</summary>
    public float BoxThreshold { get; init; } = 0.6f;

    /// <summary>How much a line is widened: area × ratio ÷ perimeter; 1.5 unless set.</summary>
    public float UnclipRatio { get; init; } = 1.5f;

    /// <summary>Lines whose characters' mean score is below it are dropped; 0.5 unless set.</summary>
    public float TextThreshold { get; init; } = 0.5f;

    /// <summary>Lines per run of the recognizer; 8 unless set.</summary>
    public int RecognizerBatch { get; init; } = 8;

    /// <summary>The recognizer's rows; 48 unless set.</summary>
    public int LineHeight { get; init; } = 48;

    /// <summary>At most so many lines per frame; 1,000 unless set.</summary>
    public int MaxLines { get; init; } = 1000;
}
