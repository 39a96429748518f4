using System.Text.Json.Serialization;

namespace MicroChat.Web.Operator;

/// <summary>JSON of the operator's endpoints.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(OperatorSessionBody))]
[JsonSerializable(typeof(LoginBody))]
[JsonSerializable(typeof(FeedbackListBody))]
[JsonSerializable(typeof(FeedbackDetailBody))]
[JsonSerializable(typeof(StatisticsBody))]
[JsonSerializable(typeof(ExportBody))]
[JsonSerializable(typeof(ArenaBody))]
[JsonSerializable(typeof(CandidatesBody))]
[JsonSerializable(typeof(RankBody))]
[JsonSerializable(typeof(RankingListBody))]
[JsonSerializable(typeof(RankingItem))]
[JsonSerializable(typeof(RunListBody))]
[JsonSerializable(typeof(RunBody))]
[JsonSerializable(typeof(ModelListBody))]
[JsonSerializable(typeof(PromoteBody))]
[JsonSerializable(typeof(LoopBody))]
[JsonSerializable(typeof(HoldBody))]
[JsonSerializable(typeof(TryBody))]
internal sealed partial class OperatorJson : JsonSerializerContext;
