using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Scheduling;

/// <summary>JSON of appointments and schedules.</summary>
[JsonSerializable(typeof(Audited<AppointmentState>))]
[JsonSerializable(typeof(Audited<ScheduleState>))]
[JsonSerializable(typeof(AppointmentRecord))]
[JsonSerializable(typeof(BookAppointment))]
[JsonSerializable(typeof(ScheduleDay))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class SchedulingJson : JsonSerializerContext;
