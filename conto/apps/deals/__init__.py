"""Deals: what may be sold to whom, how far it is, and what is to be done next.

It owns pipelines with their stages, deals with their products, comments and followers, the history of the stages that
each deal stood in, and activities. It promises that a deal moves only as its stage's rules allow, whoever moves it,
that at any moment it stands in at most one stage, and that the history of its stages is only added to. Words: deal,
pipeline, stage, visit, next step, activity, lost reason.
"""
