namespace StreamInference.Simulation;

/// <summary>Ways in which a record is deliberately bad. Every one of them must end as a dead letter. The numbers are stable.</summary>
public enum BadRecordKind
{
    /// <summary>A good record.</summary>
    None = 0,

    /// <summary>Not JSON: a comma is missing in the middle.</summary>
    MalformedJson = 1,

    /// <summary>JSON that ends too early.</summary>
    TruncatedJson = 2,

    /// <summary><c>amount</c> is a text that is no number.</summary>
    WrongType = 3,

    /// <summary><c>amount</c> is an object.</summary>
    NestedValue = 4,

    /// <summary><c>amount</c> is missing.</summary>
    MissingField = 5,

    /// <summary><c>amount</c> is JSON's null.</summary>
    NullField = 6,

    /// <summary><c>amount</c> is the word NaN, which some writers emit and JSON does not have.</summary>
    NotANumber = 7,

    /// <summary><c>amount</c> is 1e999: legal JSON, infinite as a number.</summary>
    OutOfRange = 8,

    /// <summary>An array where an object belongs.</summary>
    NotAnObject = 9,

    /// <summary><c>transaction_id</c> holds a byte that is not UTF-8.</summary>
    InvalidUtf8 = 10,

    /// <summary>A value of no bytes.</summary>
    Empty = 11,

    /// <summary>No value at all: a tombstone.</summary>
    NullValue = 12,

    /// <summary>A value of <see cref="BadRecordOptions.HugeBytes"/> bytes, without <c>amount</c>.</summary>
    Huge = 13,
}
