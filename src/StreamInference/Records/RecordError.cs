namespace StreamInference.Records;

/// <summary>Why a record has no result. It becomes the headers <c>si-error</c> and <c>si-error-detail</c> of its dead letter.</summary>
/// <param name="Code">A stable code of <see cref="RecordErrorCodes"/>; programs match on it.</param>
/// <param name="Detail">A sentence for people. It names fields and positions, never values: a value may be a card number or a prompt.</param>
public sealed record RecordError(string Code, string Detail);

/// <summary>The stable error codes of dead letters. Codes are only ever added.</summary>
public static class RecordErrorCodes
{
    /// <summary>The record has a null value.</summary>
    public const string NullValue = "null_value";

    /// <summary>The record has an empty value.</summary>
    public const string EmptyValue = "empty_value";

    /// <summary>The record has no key, and the model keeps a state for each key.</summary>
    public const string MissingKey = "missing_key";

    /// <summary>The value is not JSON.</summary>
    public const string MalformedJson = "malformed_json";

    /// <summary>A field has another type than the model's description says.</summary>
    public const string WrongType = "wrong_type";

    /// <summary>A field that the model needs is missing.</summary>
    public const string MissingField = "missing_field";

    /// <summary>A field has a value that is none of those the model's description lists.</summary>
    public const string UnknownCategory = "unknown_category";

    /// <summary>A number is not finite, or does not fit the tensor's type.</summary>
    public const string NotFinite = "not_finite";

    /// <summary>A row of a file has another number of fields than its header, or a quote that is never closed.</summary>
    public const string MalformedRow = "malformed_row";

    /// <summary>The text is not UTF-8.</summary>
    public const string InvalidEncoding = "invalid_encoding";

    /// <summary>The record is larger than the pipeline takes.</summary>
    public const string RecordTooLarge = "record_too_large";

    /// <summary>The result is larger than the broker takes.</summary>
    public const string ResultTooLarge = "result_too_large";

    /// <summary>The model failed on this record alone.</summary>
    public const string ModelFailed = "model_failed";

    /// <summary>The model's output for this record is not a finite number.</summary>
    public const string InvalidOutput = "invalid_output";

    /// <summary>The image cannot be decoded.</summary>
    public const string BrokenImage = "broken_image";

    /// <summary>The image exceeds a limit on pixels, bytes or time.</summary>
    public const string ImageTooLarge = "image_too_large";

    /// <summary>The prompt and the requested tokens do not fit the model's context.</summary>
    public const string PromptTooLong = "prompt_too_long";

    /// <summary>The request breaks its schema.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>The request names a model that this pipeline does not serve.</summary>
    public const string UnknownModel = "unknown_model";

    /// <summary>A newer record of the same key came before the model had time for this one (latest-only pipelines).</summary>
    public const string Superseded = "superseded";

    /// <summary>The request's deadline passed.</summary>
    public const string DeadlineExceeded = "deadline_exceeded";

    /// <summary>The request was cancelled.</summary>
    public const string Cancelled = "cancelled";
}
