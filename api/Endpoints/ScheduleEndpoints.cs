using JamEmr.Api.Http;
using JamEmr.Scheduling;

namespace JamEmr.Api.Endpoints;

/// <summary>Appointments and providers' days.</summary>
public static class ScheduleEndpoints
{
    /// <summary>Maps <c>/v1/appointments</c> and <c>/v1/schedule</c>.</summary>
    public static void MapSchedule(this IEndpointRouteBuilder v1)
    {
        v1.MapGet("/schedule/{provider:guid}/{date}", async (Guid provider, DateOnly date, ApiCall call) =>
                TypedResults.Ok(await call.Grain<IScheduleGrain>($"{provider:D}/{date:yyyy-MM-dd}").GetDayAsync()))
            .WithTags("Schedule")
            .WithSummary("A provider's day, in the provider's time zone");

        var appointments = v1.MapGroup("/appointments").WithTags("Schedule");

        appointments.MapPost("", async (BookAppointment body, ApiCall call) =>
            {
                var record = await call.Grain<IAppointmentGrain>(await call.NewIdAsync(body)).BookAsync(body);
                return call.Created($"/v1/appointments/{record.Id}", record, record.Version);
            })
            .TakesIdempotencyKey()
            .WithSummary("Books an appointment");

        appointments.MapGet("/{id:guid}", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IAppointmentGrain>(id).GetAsync();
                return call.Versioned(record, record.Version);
            })
            .WithSummary("An appointment");

        appointments.MapPost("/{id:guid}/move", async (Guid id, MoveAppointment body, ApiCall call) =>
            {
                var record = await call.Grain<IAppointmentGrain>(id).MoveAsync(body, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Moves an appointment to another time or provider");

        appointments.MapPost("/{id:guid}/cancel", async (Guid id, CancelAppointment body, ApiCall call) =>
            {
                var record = await call.Grain<IAppointmentGrain>(id).CancelAsync(body, call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("Cancels an appointment and frees its time");

        appointments.MapPost("/{id:guid}/check-in", async (Guid id, ApiCall call) =>
            {
                var record = await call.Grain<IAppointmentGrain>(id).CheckInAsync(call.IfMatch());
                return call.Versioned(record, record.Version);
            })
            .NeedsIfMatch()
            .WithSummary("The patient has arrived");
    }
}
