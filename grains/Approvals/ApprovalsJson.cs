using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Approvals;

/// <summary>JSON of approvals.</summary>
[JsonSerializable(typeof(Audited<ApprovalState>))]
[JsonSerializable(typeof(ApprovalContent))]
[JsonSerializable(typeof(ApprovalRecord))]
[JsonSerializable(typeof(ImmutableArray<ApprovalRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ApprovalsJson : JsonSerializerContext;
