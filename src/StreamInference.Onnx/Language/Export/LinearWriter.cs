using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Language.Export;

/// <summary>Writes matrix products: float MatMul, or MatMulNBits with what its blocks need beside it.</summary>
internal sealed class LinearWriter(OnnxWriter graph, IWeightSource weights, LanguageModelExportOptions options)
{
    // MatMulNBits' accuracy_level: 1 computes in float32, 4 rounds activations to 8 bits. Matrices of 8 bits are fast with 4 only (measured: 20 times).
    private const long Float32Level = 1;
    private const long Int8Level = 4;

    private readonly Dictionary<string, string> _blockSums = [];

    /// <summary>x times the rows of one or several matrices, side by side; [.., columns] becomes [.., sum of rows].</summary>
    public string Write(string x, string name, string[] parts, int[] rows, int columns)
    {
        BlockMatrix?[] blocks = [.. parts.Select((part, i) => BlocksOf(part, rows[i], columns, options.Precision))];
        if (blocks.All(b => b is not null) && blocks.All(b => Alike(b!, blocks[0]!)))
            return Product(x, name, Join([.. blocks.Select(b => b!)]), rows.Sum(), columns);
        if (blocks.All(b => b is null))
        {
            float[] values = [.. parts.SelectMany(weights.Read)];
            return FloatProduct(x, name, values, rows.Sum(), columns);
        }
        // A file may store its matrices differently (llama.cpp's K mixes): one product each.
        string[] products = [.. parts.Select((part, i) => blocks[i] is { } own
            ? Product(x, $"{name}.{i}", own, rows[i], columns)
            : FloatProduct(x, $"{name}.{i}", weights.Read(part), rows[i], columns))];
        return graph.Node("Concat", products, ("axis", -1L));
    }

    /// <summary>The matrix in blocks under a precision; null for floats.</summary>
    public BlockMatrix? BlocksOf(string name, int rows, int columns, WeightPrecision wanted) => wanted switch
    {
        WeightPrecision.Stored => weights.ReadBlocks(name),
        WeightPrecision.Int8 => BlockQuantizer.Quantize(weights.Read(name), rows, columns, 8),
        WeightPrecision.Int4 => BlockQuantizer.Quantize(weights.Read(name), rows, columns, 4),
        _ => null,
    };

    public string Product(string x, string name, BlockMatrix matrix, int rows, int columns, string? output = null)
    {
        int blocks = matrix.Scales.Length / rows;
        long blockBytes = matrix.BlockSize * matrix.Bits / 8;
        string[] inputs =
        [
            x,
            graph.Tensor(name + "_q", OnnxType.UInt8, matrix.Quants, rows, blocks, blockBytes),
            graph.Floats(name + "_s", matrix.Scales, (long)rows * blocks),
        ];
        (string, object)[] attributes =
        [
            ("K", (long)columns), ("N", (long)rows), ("bits", (long)matrix.Bits), ("block_size", (long)matrix.BlockSize),
            ("accuracy_level", options.ExactActivations && matrix.Bits == 4 ? Float32Level : Int8Level),
        ];
        bool plain = matrix.Minimums is null;
        string product = output is not null && plain ? output : name + "_product";
        graph.Node("MatMulNBits", inputs, [product], attributes);
        if (plain) return product;
        // Minimums are not integer zero points. Their part is exact: the sum of a block's activations times its minimum.
        string corrections = graph.Floats(name + "_m", Transposed(matrix.Minimums!, rows, blocks), blocks, rows);
        string correction = graph.Node("MatMul", [BlockSums(x, columns, matrix.BlockSize), corrections]);
        string sum = output ?? name + "_sum";
        graph.Node("Add", [product, correction], [sum]);
        return sum;
    }

    public string FloatProduct(string x, string name, float[] values, int rows, int columns, string? output = null)
    {
        string matrix = FloatTensor(name, Transposed(values, rows, columns), columns, rows);
        string product = output ?? name + "_product";
        graph.Node("MatMul", [x, matrix], [product]);
        return product;
    }

    /// <summary>A float tensor, stored in 16 bits where the precision says so.</summary>
    public string FloatTensor(string name, float[] values, params long[] shape)
    {
        if (options.Precision != WeightPrecision.Float16) return graph.Floats(name, values, shape);
        Half[] halves = [.. values.Select(v => (Half)v)];
        string stored = graph.Tensor(name + "_h", OnnxType.Float16, MemoryMarshal.AsBytes<Half>(halves), shape);
        return graph.Node("Cast", [stored], ("to", (long)OnnxType.Float));
    }

    private string BlockSums(string x, int columns, int blockSize)
    {
        if (_blockSums.TryGetValue(x, out string? known)) return known;
        string shape = graph.Longs($"blocks_{columns}_{blockSize}", [0, 0, columns / blockSize, blockSize]);
        string cut = graph.Node("Reshape", [x, shape]);
        return _blockSums[x] = graph.Node("ReduceSum", [cut, graph.Longs("last_axis", [-1])], ("keepdims", 0L));
    }

    private static bool Alike(BlockMatrix a, BlockMatrix b)
        => a.Bits == b.Bits && a.BlockSize == b.BlockSize && (a.Minimums is null) == (b.Minimums is null);

    private static BlockMatrix Join(BlockMatrix[] parts)
    {
        if (parts.Length == 1) return parts[0];
        return parts[0] with
        {
            Quants = [.. parts.SelectMany(p => p.Quants)],
            Scales = [.. parts.SelectMany(p => p.Scales)],
            Minimums = parts[0].Minimums is null ? null : [.. parts.SelectMany(p => p.Minimums!)],
        };
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        float[] turned = new float[values.Length];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) turned[(long)column * rows + row] = values[(long)row * columns + column];
        return turned;
    }
}
