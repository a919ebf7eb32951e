"""A shot on many machines: one job bundle, and one small adapter for each engine that runs it.

    make_job(session, options)   what has to run where: job.py
    template(job)                the same as an OpenJD job template: template.py
    write_bundle(job, folder)    template, values and assets on disk: bundle.py
    local, slurm, deadline       hand a bundle to an engine; they map, the engine schedules
    task, warm                   what runs on a node (`python -m shared_core.farm`)
    shot_status(session)         what is on disk already: status.py
"""
