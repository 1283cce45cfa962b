namespace StreamInference.Onnx.Language.Export;

/// <summary>How an exported graph stores its matrices.</summary>
public enum WeightPrecision
{
    /// <summary>As the checkpoint stores them: quantized blocks stay as they are, floats become float32.</summary>
    Stored,

    /// <summary>float32.</summary>
    Float32,

    /// <summary>float16 in the file, float32 when it runs on the processor.</summary>
    Float16,

    /// <summary>8 bits in symmetric blocks of 32.</summary>
    Int8,

    /// <summary>4 bits in symmetric blocks of 32; embedding and head 8 bits.</summary>
    Int4,
}
