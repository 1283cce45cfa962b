namespace StreamInference.Onnx.Language.Export;

/// <summary>Element types of onnx.proto (TensorProto.DataType) that exported graphs use.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int32 = 6,
    Int64 = 7,
    Float16 = 10,
}
